import type { WorkFolder } from "./folders.ts";

/** Which of a session's folders; its name alone where there is one. */
export function FolderPicker({
  folders,
  folder,
  onPick,
}: {
  folders: readonly WorkFolder[];
  folder: WorkFolder;
  onPick(key: string): void;
}) {
  if (folders.length < 2) return <span className="cut text-12 text-text-2">{folder.title}</span>;
  return (
    <label className="min-w-0">
      <span className="sr">Folder</span>
      <select
        className="field !h-7 !w-auto max-w-[220px] !py-0 text-12"
        value={folder.key}
        onChange={({ target }) => onPick(target.value)}
      >
        {folders.map(({ key, title }) => (
          <option key={key} value={key}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}
