import { Link } from "@tanstack/react-router";
import type { NewsItem } from "@tutti/core";
import { useWidth } from "../app/viewport.ts";
import { ActivityIcon, activityColour } from "../design/activity.tsx";
import { Age } from "../design/time.tsx";
import { newsWords } from "../request/words.ts";

/** A session that came to rest: what became of it. */
export function RestRow({
  news,
}: {
  news: Pick<NewsItem, "root" | "title" | "activity" | "detail" | "at" | "costUsd" | "costSource">;
}) {
  const { root, title, activity, at } = news;
  const { word, rest } = newsWords(news);
  const isPhone = useWidth() === "phone";
  return (
    <li className="it it-quiet">
      <Link to="/s/$id" params={{ id: root }} className="it-link" title={title}>
        <ActivityIcon activity={activity} size={isPhone ? 17 : 14} />
        <span className="it-title cut">{title}</span>
        <Age at={at} className="it-age" />
        <span className="it-meta">
          <span className="cut">
            <span className={activity === "merged" ? activityColour(activity) : undefined}>{word}</span>
            {rest !== "" && (activity === "merged" ? ` ${rest}` : `, ${rest}`)}
          </span>
        </span>
      </Link>
    </li>
  );
}
