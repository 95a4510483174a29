/** The files of a session's worktree, as they are on its machine now. */
import "./files.css";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { SessionState } from "@tutti/core";
import { useMemo, useRef } from "react";
import { useWidth } from "../app/viewport.ts";
import { useShownFamily } from "../connection/use-connection.ts";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";
import { Empty, SkeletonRows, Trouble } from "../design/screen-states.tsx";
import { useKeys } from "../keys/keys.ts";
import { FileTree } from "./file-tree.tsx";
import { FileView } from "./file-view.tsx";
import { FindBox } from "./find-box.tsx";
import { FolderPicker } from "./folder-picker.tsx";
import { foldersOf, type WorkFolder } from "./folders.ts";

export function FilesScreen() {
  const { state, reload } = useShownFamily();
  const { in: key } = useSearch({ from: "/s/$id/files" });
  if (state.status !== "live")
    return (
      <section className="pane" aria-label="Files" aria-busy={state.status === "loading"}>
        <div className="bar">
          <h1>Files</h1>
        </div>
        {state.status === "failed" ? (
          <Trouble error={state.error} retry={reload} />
        ) : (
          <SkeletonRows rows={12} />
        )}
      </section>
    );
  const { root, children } = state.view;
  const folders = foldersOf(root, children);
  const folder = folders.find((one) => one.key === key) ?? folders[0];
  if (!folder)
    return (
      <section className="pane" aria-label="Files">
        <div className="bar">
          <h1>{root.spec.title}</h1>
        </div>
        <Empty title="No folder yet">When its worktree is made, its files stand here.</Empty>
      </section>
    );
  return <Browser key={`${root.id} ${folder.path}`} {...{ root, folders, folder }} />;
}

function Browser({
  root,
  folders,
  folder,
}: {
  root: SessionState;
  folders: readonly WorkFolder[];
  folder: WorkFolder;
}) {
  const { path, line } = useSearch({ from: "/s/$id/files" });
  const navigate = useNavigate({ from: "/s/$id/files" });
  const isPhone = useWidth() === "phone";
  const find = useRef<{ focus(): void }>(null);
  const { id } = root;
  const { host } = root.spec;
  const candidate = folder.kind === "worktree" ? root.tasks[folder.key]?.candidate : undefined;
  const changes = useMemo(
    () => new Map((candidate?.files ?? []).map((file) => [file.path, file.status])),
    [candidate],
  );
  const open = (to: string) =>
    void navigate({
      search: ({ line: _, ...before }) => ({ ...before, path: to }),
      // Files are looked through one after the other; back leads out of them on a desktop.
      replace: !isPhone && path !== undefined,
    });
  useKeys({
    "/": () => find.current?.focus(),
    o: () => void navigate({ to: "/s/$id", params: { id }, search: {} }),
    v: () => void navigate({ to: "/s/$id/changes", params: { id }, search: {} }),
    t: () => void navigate({ to: "/s/$id/terminal", params: { id }, search: { in: folder.key } }),
  });

  const isFileOnly = isPhone && path !== undefined;
  const tree = (
    <>
      <FindBox host={host} root={folder.path} handle={find} onOpen={open} />
      <FileTree host={host} root={folder.path} path={path} changes={changes} onOpen={open} />
    </>
  );
  const file = path !== undefined && (
    <FileView
      key={path}
      {...{ host, path, line }}
      root={folder.path}
      session={id}
      isChanged={changes.has(path)}
      onLine={(to) => void navigate({ search: (before) => ({ ...before, line: to }), replace: true })}
    />
  );
  return (
    <div className="files">
      <div className="bar">
        {isFileOnly ? (
          <Button
            look="ghost"
            icon
            className="!-ml-3"
            aria-label="All files"
            onClick={() => void navigate({ search: ({ path: _, line: __, ...before }) => before })}
          >
            <Icon name="back" size={20} />
          </Button>
        ) : (
          <Link
            to="/s/$id"
            params={{ id }}
            search={{}}
            className="btn btn-ghost btn-icon !-ml-3"
            aria-label="The session"
          >
            <Icon name="back" size={isPhone ? 20 : 16} />
          </Link>
        )}
        <h1 title={root.spec.title}>{isPhone ? "Files" : root.spec.title}</h1>
        <FolderPicker
          {...{ folders, folder }}
          onPick={(to) => void navigate({ search: { in: to }, replace: true })}
        />
        <span className="gap" />
        {!isPhone && (
          <code className="cut !shrink text-12 text-text-3" title={folder.path}>
            {folder.path}
          </code>
        )}
        <Link
          to="/s/$id/terminal"
          params={{ id }}
          search={{ in: folder.key }}
          className={isPhone ? "btn btn-ghost btn-icon" : "btn"}
          aria-label="Open in terminal"
        >
          <Icon name="terminal" />
          {!isPhone && "Open in terminal"}
        </Link>
      </div>
      {folder.kind === "repository" && (
        <p className="files-note">
          This is your repository itself: the worktree is gone, or was not made yet.
        </p>
      )}
      {isPhone ? (
        <section className="pane" aria-label="Files">
          {isFileOnly ? file : tree}
        </section>
      ) : (
        <div className="files-panes">
          <aside className="pane files-left" aria-label="Folders and files">
            {tree}
          </aside>
          <section className="pane" aria-label="File">
            {file || <Empty title="No file is open">Choose one at the left, or press / to find one.</Empty>}
          </section>
        </div>
      )}
    </div>
  );
}
