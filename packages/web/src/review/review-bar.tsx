import { Link } from "@tanstack/react-router";
import { DropdownMenu } from "radix-ui";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";
import { repositoryName, shortRef } from "../design/words.ts";
import type { DrawingChoice } from "./kept.ts";
import type { Reading } from "./use-reading.ts";

/** Whose change it is, what of it is shown and how. */
export function ReviewBar({
  reading,
  counts,
  choice,
  choose,
  isSplit,
  isNarrow,
  onDecline,
}: {
  reading: Reading;
  /** How many files each view has, where it is known. */
  counts: Partial<Record<string, number>>;
  choice: DrawingChoice;
  choose(change: Partial<DrawingChoice>): void;
  isSplit: boolean;
  isNarrow: boolean;
  /** Undefined when there is nothing to decline. */
  onDecline: (() => void) | undefined;
}) {
  const { root, review, views, view, show } = reading;
  return (
    <div className="bar">
      <span className="text-text-3">{repositoryName(review.place?.repository ?? null)}</span>
      <span className="text-text-3" aria-hidden="true">
        /
      </span>
      <h1 title={root.spec.title}>
        <Link to="/s/$id" params={{ id: root.id }} search={{}} title="Open the session (O)">
          {root.spec.title}
        </Link>
      </h1>
      <TaskChoice reading={reading} />
      {!isNarrow && review.branch !== null && (
        <span
          className="cut ml-1 !shrink text-12 text-text-3"
          title={`${review.branch} into ${review.target}`}
        >
          <code>{shortRef(review.branch)}</code> into <code>{shortRef(review.target)}</code>
        </span>
      )}
      <span className="gap" />
      <fieldset className="seg" aria-label="Shown">
        {views.map(({ kind, title }) => (
          <button
            key={kind}
            type="button"
            aria-pressed={kind === view.kind}
            onClick={() =>
              show(
                kind,
                kind === "fix" ? reading.views.find((one) => one.kind === "fix")?.finding : undefined,
              )
            }
          >
            {title}
            {counts[kind] !== undefined && (
              <span className="font-normal text-text-3">{counts[kind]?.toLocaleString("en")}</span>
            )}
          </button>
        ))}
      </fieldset>
      {!isNarrow && (
        <fieldset className="seg" aria-label="Columns">
          <button type="button" aria-pressed={!isSplit} onClick={() => choose({ split: false })}>
            Unified
          </button>
          <button type="button" aria-pressed={isSplit} onClick={() => choose({ split: true })}>
            Split
          </button>
        </fieldset>
      )}
      <ReviewMenu {...{ choice, choose, isSplit, onDecline }} />
    </div>
  );
}

export function ReviewMenu({
  choice,
  choose,
  isSplit,
  onDecline,
}: {
  choice: DrawingChoice;
  choose(change: Partial<DrawingChoice>): void;
  /** Undefined where there is no choice of columns. */
  isSplit: boolean | undefined;
  onDecline: (() => void) | undefined;
}) {
  const { wrap, words, ignoreWhitespace } = choice;
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button look="ghost" icon className="mr-[-6px]" aria-label="How lines are shown, and more">
          <Icon name="more" />
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
          {isSplit !== undefined && (
            <Switch isOn={isSplit} onSwitch={(split) => choose({ split })}>
              Two columns
            </Switch>
          )}
          <Switch isOn={wrap} onSwitch={(on) => choose({ wrap: on })}>
            Wrap lines
          </Switch>
          <Switch isOn={words} onSwitch={(on) => choose({ words: on })}>
            Mark changed words
          </Switch>
          <Switch isOn={ignoreWhitespace} onSwitch={(on) => choose({ ignoreWhitespace: on })}>
            Hide changes of white space
          </Switch>
          {onDecline && (
            <>
              <DropdownMenu.Separator className="mx-2 my-1 h-px bg-line" />
              <DropdownMenu.Item className="menu-item text-stop" onSelect={onDecline}>
                <span className="w-[14px]" />
                Decline for good…
              </DropdownMenu.Item>
            </>
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Switch({
  isOn,
  onSwitch,
  children,
}: {
  isOn: boolean;
  onSwitch(on: boolean): void;
  children: string;
}) {
  return (
    <DropdownMenu.CheckboxItem className="menu-item" checked={isOn} onCheckedChange={onSwitch}>
      <span className="w-[14px]">
        <DropdownMenu.ItemIndicator>
          <Icon name="check" size={14} />
        </DropdownMenu.ItemIndicator>
      </span>
      {children}
    </DropdownMenu.CheckboxItem>
  );
}

/** Which of a request's tasks; nothing where there is one. */
export function TaskChoice({ reading: { root, review } }: { reading: Reading }) {
  const tasks = Object.values(root.tasks).filter(({ candidate }) => candidate !== null);
  if (tasks.length < 2) return null;
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button size="small" className="min-w-0">
          <span className="cut max-w-[120px]">{review.task.spec.id}</span>
          <Icon name="down" size={14} />
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="start" sideOffset={4} collisionPadding={8}>
          {tasks.map(({ spec }) => (
            <DropdownMenu.Item key={spec.id} className="menu-item" asChild>
              <Link to="/s/$id/changes" params={{ id: root.id }} search={{ task: spec.id }} title={spec.text}>
                <span className="w-[14px]">
                  {spec.id === review.task.spec.id && <Icon name="check" size={14} />}
                </span>
                <span className="cut">{spec.id}</span>
              </Link>
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
