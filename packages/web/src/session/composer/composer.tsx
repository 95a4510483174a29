/** The box in which a person speaks to an agent: at once, into its open turn, or when its turn begins or ends. */

import { useNavigate } from "@tanstack/react-router";
import { newId } from "@tutti/client";
import { type Image, imageTypeSchema, type SessionState } from "@tutti/core";
import { type KeyboardEvent, type Ref, useEffect, useImperativeHandle, useRef, useState } from "react";
import { useHarnesses } from "../../app/harnesses.ts";
import { openNewSession } from "../../app/new-session-opener.ts";
import { useWidth } from "../../app/viewport.ts";
import { askedAt, commandIn, completed, type SlashCommand } from "../../completion/completion.ts";
import { CompletionList } from "../../completion/completion-list.tsx";
import { useCompletions } from "../../completion/use-completions.ts";
import { useIsConnected } from "../../connection/use-connection.ts";
import { announce } from "../../design/announce.tsx";
import { Button } from "../../design/button.tsx";
import { Icon } from "../../design/icon.tsx";
import { busySessions } from "../session-bar.tsx";
import { openStop } from "../stop-dialog.tsx";
import { useSend } from "../use-send.ts";
import { AttachedList } from "./attached-list.tsx";
import { keepDraft, readDraft, type Waiting } from "./drafts.ts";
import { RecipientPicker } from "./recipient-picker.tsx";
import { useAttached } from "./use-attached.ts";
import { useWaiting } from "./use-waiting.ts";
import { WaitingList } from "./waiting-list.tsx";
import { type Recipient, recipientsOf, type Way, wayTo } from "./ways.ts";

export interface ComposerHandle {
  focus(): void;
}

export function Composer({
  root,
  children,
  shown,
  handle,
}: {
  root: SessionState;
  children: readonly SessionState[];
  /** The agent that alone is shown: it is spoken to unless another is picked. */
  shown: string | undefined;
  handle: Ref<ComposerHandle>;
}) {
  const harnesses = useHarnesses();
  const isConnected = useIsConnected();
  const isPhone = useWidth() === "phone";
  const navigate = useNavigate();
  const box = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(() => readDraft(root.id));
  const [cursor, setCursor] = useState(0);
  const [picked, setPicked] = useState<string>();
  const [notice, setNotice] = useState<string>();
  const picker = useRef<HTMLInputElement>(null);
  const attached = useAttached();
  const { send, isSending, trouble } = useSend();
  useImperativeHandle(handle, () => ({ focus: () => box.current?.focus() }), []);
  useEffect(() => keepDraft(root.id, text), [root.id, text]);

  const recipients = recipientsOf(root, children);
  const recipient =
    recipients.find(({ session }) => session === picked) ??
    recipients.find(({ session }) => session === shown) ??
    recipients[0];
  const title = recipient && harnesses(recipient.harness).title;
  const way = wayTo(root, children, recipient, recipient ? harnesses(recipient.harness).steer : false);

  const sendWaiting = useRef((words: Waiting) =>
    sendWords(send, wayOfWaiting(words), words.text, words.images),
  ).current;
  const waiting = useWaiting(root, children, sendWaiting);

  const asked = askedAt(text, cursor);
  const completions = useCompletions(
    asked,
    stateOf(root, children, recipient)?.spec.workspace,
    root.spec.host,
  );

  const put = (next: string, at = next.length) => {
    setText(next);
    setCursor(at);
    requestAnimationFrame(() => box.current?.setSelectionRange(at, at));
  };
  const take = (value: string) => {
    if (!asked) return;
    const done = completed(text, asked, value);
    put(done.text, done.cursor);
  };

  const acts = {
    stop: () => openStop(busySessions(root, children)),
    model: (name: string) => {
      if (name === "") return setNotice("Name a model: /model NAME");
      if (!recipient) return setNotice("No agent is there to choose a model for");
      void send(recipient.session, { type: "harness.choose", model: name }).then((done) => {
        if (!done) return;
        put("");
        announce(`${title} takes ${name} from its next turn on`);
        setNotice(`${title} takes ${name} from its next turn on.`);
      });
      return undefined;
    },
    changes: () => void navigate({ to: "/s/$id/changes", params: { id: root.id } }),
    files: () => void navigate({ to: "/s/$id/files", params: { id: root.id } }),
    terminal: () => void navigate({ to: "/s/$id/terminal", params: { id: root.id } }),
    archive: () =>
      void send(root.id, { type: "session.close", reason: "put away by a person" }).then((done) => {
        if (done) void navigate({ to: "/s" });
      }),
    new: () => openNewSession(),
  } satisfies Record<string, (argument: string) => void>;
  const act = ({ name }: SlashCommand, argument: string) => {
    setNotice(undefined);
    if (name !== "model") put("");
    acts[name as keyof typeof acts](argument);
  };

  // A harness that takes none is not offered any, and a change is sent back by words alone.
  const takesImages =
    recipient !== undefined &&
    harnesses(recipient.harness).images &&
    way.kind !== "send-back" &&
    way.kind !== "none";
  const isHeldBack = attached.isStoring || (attached.list.length > 0 && !takesImages);
  const isSendable = isConnected && !isSending && !isHeldBack && text.trim() !== "" && way.kind !== "none";
  const submit = async () => {
    const command = commandIn(text);
    if (command) return act(command.command, command.argument);
    if (!isSendable) return;
    setNotice(undefined);
    if (way.kind === "wait-for-turn" || way.kind === "wait-for-end") {
      const until = way.kind === "wait-for-turn" ? "turn" : "end";
      waiting.add({ to: way.session, text, until, ...along(attached.images) });
      attached.put([]);
      return put("");
    }
    // The words stay when they were not taken.
    if (await sendWords(send, way, text, attached.images)) {
      attached.put([]);
      put("");
    }
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (completions.onKey(event, take)) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      box.current?.blur();
    } else if (event.key === "Enter" && !event.shiftKey && !isPhone) {
      event.preventDefault();
      void submit();
    }
  };
  const attach = (files: FileList | null): boolean => {
    if (!files || files.length === 0) return false;
    if (takesImages) void attached.add([...files]).then(setNotice);
    else setNotice("No image can go along with these words. Put it into the repository, and name it with @.");
    return true;
  };

  if (root.closed !== null && recipients.length === 0) return <Over />;
  return (
    <div className="say">
      {waiting.list.length > 0 && (
        <WaitingList
          list={waiting.list}
          onRemove={waiting.remove}
          onEdit={(words) => {
            waiting.remove(words.id);
            put(words.text);
            attached.put(words.images ?? []);
            box.current?.focus();
          }}
          nameOf={(id) => titleOf(id, root, children, harnesses)}
        />
      )}
      <form
        className="say-box"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <AttachedList list={attached.list} onRemove={attached.remove} />
        <CompletionList completions={completions} onTake={take} />
        <textarea
          ref={box}
          rows={1}
          aria-label={placeholder(way, title)}
          placeholder={placeholder(way, title)}
          role="combobox"
          aria-expanded={completions.choices.length > 0}
          aria-autocomplete="list"
          aria-controls={completions.listId}
          {...(completions.active !== undefined && { "aria-activedescendant": completions.active })}
          value={text}
          onChange={({ target }) => {
            setText(target.value);
            setCursor(target.selectionStart);
            setNotice(undefined);
          }}
          onSelect={({ currentTarget }) => setCursor(currentTarget.selectionStart)}
          onKeyDown={onKeyDown}
          onPaste={(event) => {
            if (attach(event.clipboardData.files)) event.preventDefault();
          }}
          onDrop={(event) => {
            if (attach(event.dataTransfer.files)) event.preventDefault();
          }}
        />
        <div className="mt-2 flex items-center gap-2">
          <RecipientPicker recipients={recipients} recipient={recipient} onPick={setPicked} />
          {takesImages && (
            <>
              <input
                ref={picker}
                type="file"
                accept={imageTypeSchema.options.join()}
                multiple
                hidden
                aria-label="Images that go along"
                onChange={({ target }) => {
                  attach(target.files);
                  target.value = "";
                }}
              />
              <Button
                look="ghost"
                icon
                aria-label="Add images"
                title="Add images: choose, paste or drop them"
                onClick={() => picker.current?.click()}
              >
                <Icon name="image" />
              </Button>
            </>
          )}
          <span className="min-w-0 flex-1 text-12 text-text-3">
            <span className="cut block text-right">{isPhone ? "" : hint(way, title)}</span>
          </span>
          <Button
            type="submit"
            look="primary"
            disabled={!isSendable && !commandIn(text)}
            title={isConnected ? undefined : "No connection"}
          >
            {way.kind === "send-back" ? "Send back" : way.kind.startsWith("wait") ? "Queue" : "Send"}
          </Button>
        </div>
      </form>
      {(trouble ?? notice ?? (way.kind === "none" ? way.why : undefined)) !== undefined && (
        <p className={`mt-1 text-12 ${trouble === undefined ? "text-text-2" : "text-stop"}`} role="status">
          {trouble ?? notice ?? (way.kind === "none" ? way.why : "")}
        </p>
      )}
    </div>
  );
}

type Send = ReturnType<typeof useSend>["send"];

const along = (images: readonly Image[] = []) => (images.length > 0 ? { images: [...images] } : {});

function sendWords(send: Send, way: Way, text: string, images?: readonly Image[]): Promise<boolean> {
  switch (way.kind) {
    case "start":
      return send(way.session, { type: "turn.start", turn: newId("turn"), text, ...along(images) });
    case "steer":
      return send(way.session, {
        ...{ type: "turn.steer", steer: newId("steer"), text },
        ...along(images),
      });
    case "send-back":
      return send(way.session, {
        ...{ type: "approval.resolve", approval: way.approval, answer: "deny" },
        // Words about the change as a whole stand at the repository's root.
        notes: [{ severity: "blocking", file: ".", claim: text.slice(0, claimLimit), evidence: "" }],
      });
    case "wait-for-turn":
    case "wait-for-end":
    case "none":
      return Promise.resolve(false);
  }
}

const wayOfWaiting = ({ to, until }: Waiting): Way =>
  until === "turn" ? { kind: "steer", session: to } : { kind: "start", session: to };

/** Characters that a note may have. */
const claimLimit = 4_000;

function placeholder(way: Way, title = "the agent"): string {
  switch (way.kind) {
    case "start":
      return `Tell ${title} what to do`;
    case "steer":
      return `Tell ${title} something. It reaches it at its next step.`;
    case "wait-for-turn":
      return `Tell ${title} something. It reaches it when its next turn begins.`;
    case "wait-for-end":
      return `Tell ${title} something. It begins when this turn is over.`;
    case "send-back":
      return `What is to change before it merges? It goes back to ${title}.`;
    case "none":
      return "Nobody takes words now";
  }
}

function hint(way: Way, title = "the agent"): string {
  switch (way.kind) {
    case "start":
    case "steer":
      return "Enter sends";
    case "wait-for-turn":
      return `Waits here until ${title} works`;
    case "wait-for-end":
      return `Waits here until ${title} is done`;
    case "send-back":
      return "Enter sends the change back";
    case "none":
      return "";
  }
}

function Over() {
  return (
    <div className="say">
      <div className="flex items-center gap-3 text-text-2">
        <span className="flex-1">This session is over. What was done stays here.</span>
        <Button onClick={() => openNewSession()} shortcut="C">
          New session
        </Button>
      </div>
    </div>
  );
}

const stateOf = (
  root: SessionState,
  children: readonly SessionState[],
  recipient: Recipient | undefined,
): SessionState | undefined => [root, ...children].find(({ id }) => id === recipient?.session);

function titleOf(
  id: string,
  root: SessionState,
  children: readonly SessionState[],
  harnesses: ReturnType<typeof useHarnesses>,
): string {
  const harness = [root, ...children].find((one) => one.id === id)?.spec.harness?.harness;
  return harness === undefined ? "the agent" : harnesses(harness).title;
}
