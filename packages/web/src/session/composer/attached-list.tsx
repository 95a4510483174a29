import { Button } from "../../design/button.tsx";
import { Icon } from "../../design/icon.tsx";
import { Picture } from "../../items/picture.tsx";
import type { Attached } from "./use-attached.ts";

/** Images that go along with what is written; each can be taken away again. */
export function AttachedList({ list, onRemove }: { list: readonly Attached[]; onRemove(key: string): void }) {
  if (list.length === 0) return null;
  return (
    <ul className="pictures mb-2" aria-label="Images that go along">
      {list.map(({ key, name, url, image }, index) => (
        <li key={key} className="relative" aria-busy={image === undefined}>
          {image ? (
            <Picture image={image} number={index + 1} />
          ) : (
            <span className="picture opacity-60">
              <img src={url} alt={`${name}, on its way`} />
            </span>
          )}
          <Button
            look="plain"
            size="small"
            icon
            className="!absolute -top-2 -right-2 !rounded-full"
            aria-label={`Take image ${index + 1} away`}
            onClick={() => onRemove(key)}
          >
            <Icon name="cross" size={12} />
          </Button>
        </li>
      ))}
    </ul>
  );
}
