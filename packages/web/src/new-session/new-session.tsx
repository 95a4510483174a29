/** The box of a new session: what is to be done, and where, by whom, up to what cost. */
import "./new-session.css";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import type { NewSessionDraft } from "../app/new-session-opener.ts";
import { agentsQuery, foundSessionsQuery, hostsQuery, lookQuery } from "../app/queries.ts";
import { askedAt, completed } from "../completion/completion.ts";
import { CompletionList } from "../completion/completion-list.tsx";
import { useCompletions } from "../completion/use-completions.ts";
import { useClient, useIsConnected } from "../connection/use-connection.ts";
import { announce } from "../design/announce.tsx";
import { Button, Key } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";
import { Mark } from "../design/mark.tsx";
import { repositoryName } from "../design/words.ts";
import {
  budgetOf,
  type Draft,
  draftOf,
  forgetWords,
  keepDraft,
  readDraft,
  readRecent,
  seatsOf,
  tasksIn,
} from "./draft.ts";
import { useStart } from "./use-start.ts";

const roleTitles: Record<string, string> = { implementer: "Author", reviewer: "Reviewer" };

export function NewSession({ draft: given, onStarted }: { draft: NewSessionDraft; onStarted(): void }) {
  const client = useClient();
  const isConnected = useIsConnected();
  const navigate = useNavigate();
  const [draft, setDraft] = useState<Draft>(() => begin(given));
  const change = (next: Partial<Draft>) => setDraft((before) => ({ ...before, ...next }));
  useEffect(() => keepDraft(draft), [draft]);
  const { start, isStarting, trouble, mayInsist } = useStart();

  const { data: hosts = [] } = useQuery(hostsQuery(client));
  const { data: earlier = [] } = useQuery(foundSessionsQuery(client, {}));
  const host =
    hosts.find(({ id }) => id === draft.host) ?? hosts.find(({ connected }) => connected) ?? hosts[0];
  const repositories = [...new Set(earlier.flatMap(({ repository }) => (repository ? [repository] : [])))];
  const path = draft.repository.trim() || (repositories[0] ?? "");
  const isPath = path.startsWith("/");
  const inspected = useQuery({
    ...lookQuery(client, host?.id ?? "none", {
      type: "repository.inspect",
      path: isPath ? path : "/",
      ...(draft.target !== "" && { target: draft.target }),
    }),
    enabled: host?.connected === true && isPath,
    retry: false,
  });
  const repository = inspected.data;
  const root = repository?.root ?? undefined;
  const { data: known } = useQuery({
    ...agentsQuery(client, root ?? (isPath ? path : undefined)),
    placeholderData: (before) => before,
  });
  const agents = known?.agents ?? [];
  const chosen = agents.find(({ agent }) => agent.name === draft.agent) ?? agents[0];

  const budget = budgetOf(draft);
  const obstacle = whyNot({
    isConnected,
    hasWords: tasksIn(draft).length > 0,
    hasHost: host !== undefined,
    isHere: host?.connected === true,
    hasPath: path !== "",
    isPath,
    problem: repository?.problem ?? (inspected.error ? inspected.error.message : undefined),
    isChecked: repository !== undefined,
    hasAgent: chosen !== undefined,
    isBudget: budget !== null,
  });

  const submit = async (insist = false) => {
    if (obstacle !== undefined || isStarting || !chosen || !host || root === undefined) return;
    const id = await start({ ...chosen, draft, host: host.id, repository: root }, insist);
    if (id === undefined) return;
    forgetWords({ ...draft, repository: root });
    setDraft((before) => ({ ...before, texts: [""], contract: "" }));
    announce("Started");
    onStarted();
    void navigate({ to: "/s/$id", params: { id }, search: {} });
  };
  const [isMore, setMore] = useState(
    draft.texts.length > 1 || draft.contract !== "" || draft.preapproved || draft.target !== "",
  );
  const ids = useId();
  const recent = readRecent();

  return (
    <form
      className="new-session"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey) || event.nativeEvent.isComposing)
          return;
        event.preventDefault();
        void submit();
      }}
    >
      {draft.texts.map((text, at) => (
        <TaskBox
          // biome-ignore lint/suspicious/noArrayIndexKey: tasks have no other name, and are taken out from the end or by button
          key={at}
          at={at}
          text={text}
          folder={root}
          host={host?.id ?? "none"}
          onText={(next) => change({ texts: draft.texts.map((one, index) => (index === at ? next : one)) })}
          onRemove={
            at === 0 ? undefined : () => change({ texts: draft.texts.filter((_, index) => index !== at) })
          }
        />
      ))}
      <div className="new-choices">
        <Choice title="Project">
          <input
            className="field"
            list={`${ids}-repositories`}
            aria-invalid={repository?.problem ? true : undefined}
            aria-describedby={`${ids}-obstacle`}
            placeholder={repositories[0] ?? "/path/to/a/repository"}
            spellCheck={false}
            autoComplete="off"
            value={draft.repository}
            onChange={({ target }) => change({ repository: target.value, target: "" })}
          />
          <datalist id={`${ids}-repositories`}>
            {repositories.map((one) => (
              <option key={one} value={one}>
                {repositoryName(one)}
              </option>
            ))}
          </datalist>
        </Choice>
        <Choice title="Agent">
          <select
            className="field"
            value={chosen?.agent.name ?? ""}
            onChange={({ target }) => change({ agent: target.value })}
          >
            {agents.map(({ agent }) => (
              <option key={agent.name} value={agent.name}>
                {agent.name}
              </option>
            ))}
          </select>
        </Choice>
        <Choice title="Into branch">
          <select
            className="field"
            value={draft.target}
            disabled={!repository?.branch && draft.target === ""}
            onChange={({ target }) => change({ target: target.value })}
          >
            <option value="">{repository?.branch ?? "as checked out"}</option>
            {(repository?.branches ?? [])
              .filter((one) => one !== repository?.branch)
              .map((one) => (
                <option key={one} value={one}>
                  {one}
                </option>
              ))}
          </select>
        </Choice>
        {hosts.length > 1 && (
          <Choice title="Host">
            <select
              className="field"
              value={host?.id ?? ""}
              onChange={({ target }) => change({ host: target.value })}
            >
              {hosts.map(({ id, name, connected }) => (
                <option key={id} value={id}>
                  {connected ? name : `${name}, not here`}
                </option>
              ))}
            </select>
          </Choice>
        )}
        <Choice title="Limit, $" isShort>
          <input
            className="field"
            inputMode="decimal"
            placeholder="none"
            aria-invalid={budget === null ? true : undefined}
            value={draft.budget}
            onChange={({ target }) => change({ budget: target.value })}
          />
        </Choice>
      </div>
      {chosen && (
        <p className="new-seats">
          {seatsOf(chosen.agent).map(({ role, harnesses }) => (
            <span key={role} className="inline-flex items-center gap-1">
              {roleTitles[role] ?? role}
              {harnesses.map((harness) => (
                <Mark key={harness} harness={harness} />
              ))}
            </span>
          ))}
          <span className="text-text-3">
            Author and reviewer are of different vendors; the engine sees to it.
          </span>
        </p>
      )}
      <button type="button" className="new-more" aria-expanded={isMore} onClick={() => setMore(!isMore)}>
        <Icon name={isMore ? "down" : "right"} size={12} />
        More
      </button>
      {isMore && (
        <div className="grid gap-3">
          <label>
            <span className="new-label">What must hold when it is done (optional)</span>
            <textarea
              className="field min-h-[56px]"
              maxLength={100_000}
              value={draft.contract}
              onChange={({ target }) => change({ contract: target.value })}
            />
          </label>
          <label className="flex items-center gap-2">
            <input
              type="checkbox"
              checked={draft.preapproved}
              onChange={({ target }) => change({ preapproved: target.checked })}
            />
            Merge without asking when the review approves it and nothing is flagged
          </label>
          <div>
            <Button size="small" onClick={() => change({ texts: [...draft.texts, ""] })}>
              <Icon name="plus" size={12} />
              Another task, independent of the first
            </Button>
          </div>
        </div>
      )}
      {(trouble ?? (obstacle?.isShown ? obstacle.words : undefined)) !== undefined && (
        <p id={`${ids}-obstacle`} className="new-obstacle" role="alert">
          <Icon name="warning" size={14} className="text-stop" />
          <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{trouble ?? obstacle?.words}</span>
          {mayInsist && (
            <Button size="small" onClick={() => void submit(true)}>
              Start anyway
            </Button>
          )}
        </p>
      )}
      <div className="new-foot">
        <span className="text-12 text-text-3">
          <Key>Ctrl Enter</Key> starts, <Key>@</Key> names a file
        </span>
        <span className="flex-1" />
        <Button
          type="submit"
          look="primary"
          disabled={obstacle !== undefined || isStarting}
          title={obstacle?.words}
        >
          {isStarting ? "Starting…" : "Start"}
        </Button>
      </div>
      {recent.length > 0 && (
        <section className="new-recent" aria-label="Last requests">
          <h3>Last requests</h3>
          <ul>
            {recent.map((one) => (
              <li key={one.text}>
                <button
                  type="button"
                  onClick={() => change({ texts: [one.text], repository: one.repository })}
                  title={one.text}
                >
                  <span className="cut">{one.text}</span>
                  <span className="text-text-3">{repositoryName(one.repository)}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </form>
  );
}

const begin = ({ text, repository }: NewSessionDraft): Draft => {
  const kept = readDraft();
  return draftOf({
    ...kept,
    ...(text !== undefined && { texts: [text] }),
    ...(repository !== undefined && { repository, target: "" }),
  });
};

/** Why it cannot start yet. What the person has simply not written yet is not shown as an error. */
function whyNot(facts: {
  isConnected: boolean;
  hasWords: boolean;
  hasHost: boolean;
  isHere: boolean;
  hasPath: boolean;
  isPath: boolean;
  problem: string | undefined;
  isChecked: boolean;
  hasAgent: boolean;
  isBudget: boolean;
}): { words: string; isShown: boolean } | undefined {
  const say = (words: string, isShown = true) => ({ words, isShown });
  if (!facts.isConnected) return say("No connection: nothing is kept to be started later");
  if (!facts.hasHost) return say("No machine has joined yet: run tutti serve on one");
  if (!facts.isHere) return say("This machine is not here: start Tutti on it, or choose another");
  if (!facts.hasPath) return say("Name a git repository by its whole path", facts.hasWords);
  if (!facts.isPath) return say("Give the repository's whole path, such as /home/you/project");
  if (facts.problem !== undefined) return say(facts.problem);
  if (!facts.isChecked) return say("The repository is being looked at", false);
  if (!facts.hasAgent) return say("No agent file can be read: see Agents");
  if (!facts.isBudget) return say("The limit is an amount in dollars, such as 5 or 2.50");
  if (!facts.hasWords) return say("Say what is to be done", false);
  return undefined;
}

function Choice({
  title,
  isShort = false,
  children,
}: {
  title: string;
  isShort?: boolean;
  children: ReactNode;
}) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is its child
    <label className={isShort ? "new-choice new-choice-short" : "new-choice"}>
      <span className="new-label">{title}</span>
      {children}
    </label>
  );
}

function TaskBox({
  at,
  text,
  folder,
  host,
  onText,
  onRemove,
}: {
  at: number;
  text: string;
  folder: string | undefined;
  host: string;
  onText(text: string): void;
  onRemove: (() => void) | undefined;
}) {
  const box = useRef<HTMLTextAreaElement>(null);
  // The box is there later than the dialog around it, or another task was asked for: the person writes on in it.
  useEffect(() => box.current?.focus(), []);
  const [cursor, setCursor] = useState(0);
  const found = askedAt(text, cursor);
  const asked = found?.kind === "file" ? found : undefined;
  const completions = useCompletions(asked, folder, host);
  const take = (value: string) => {
    if (!asked) return;
    const done = completed(text, asked, value);
    onText(done.text);
    setCursor(done.cursor);
    requestAnimationFrame(() => box.current?.setSelectionRange(done.cursor, done.cursor));
  };
  const label = at === 0 ? "What is to be done?" : `Task ${at + 1}`;
  return (
    <div className="new-task">
      <CompletionList completions={completions} onTake={take} />
      <textarea
        ref={box}
        className="field"
        rows={at === 0 ? 4 : 2}
        maxLength={100_000}
        aria-label={label}
        placeholder={label}
        role="combobox"
        aria-expanded={completions.choices.length > 0}
        aria-autocomplete="list"
        aria-controls={completions.listId}
        {...(completions.active !== undefined && { "aria-activedescendant": completions.active })}
        value={text}
        onChange={({ target }) => {
          onText(target.value);
          setCursor(target.selectionStart);
        }}
        onSelect={({ currentTarget }) => setCursor(currentTarget.selectionStart)}
        onKeyDown={(event) => {
          if (!event.nativeEvent.isComposing) completions.onKey(event, take);
        }}
      />
      {onRemove && (
        <Button look="ghost" size="small" className="new-remove" onClick={onRemove}>
          Remove task {at + 1}
        </Button>
      )}
    </div>
  );
}
