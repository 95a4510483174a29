/** The list of keys. */
import { Button, Key } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { keyList } from "../keys/key-list.ts";
import { singleKeys, useSingleKeys } from "../keys/keys.ts";
import { makeOpener } from "./opener.ts";

const opener = makeOpener<true>();
export const openKeys = () => opener.open(true);

export function KeysDialog() {
  const isOpen = opener.use();
  const single = useSingleKeys();
  if (!isOpen) return null;
  return (
    <Dialog title="Keys" onClose={opener.close} className="!w-[min(760px,calc(100vw-32px))]">
      <div className="grid gap-x-8 gap-y-4 sm:grid-cols-2">
        {keyList.map(({ title, lines }) => (
          <section key={title}>
            <h3 className="mb-1 text-12 font-medium text-text-3">{title}</h3>
            <dl className="grid grid-cols-[124px_minmax(0,1fr)] gap-y-1">
              {lines.map(({ keys, does }) => (
                <div key={does} className="contents">
                  <dt className="flex flex-wrap items-center gap-1">
                    {keys.map((key) => (
                      <Key key={key}>{key}</Key>
                    ))}
                    <span className="sr">{keys.join(" or ")}</span>
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <div className="mt-5 flex items-center gap-3">
        <label className="flex flex-1 items-center gap-2">
          <input type="checkbox" checked={single} onChange={({ target }) => singleKeys.set(target.checked)} />
          Single keys act. Nothing that cannot be undone has one.
        </label>
        <Button onClick={opener.close} data-autofocus>
          Close
        </Button>
      </div>
    </Dialog>
  );
}
