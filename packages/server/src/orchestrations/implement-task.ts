/**
 * The life of one task: prepare, implement, check, review, fix, rebase, ask, merge.
 *
 * Reads from top to bottom. Every way out is an `Ended`: an outcome and a sentence that says what a person needs to know.
 */
import {
  agentSchema,
  type Candidate,
  type Evidence,
  type Finding,
  type Orchestration,
  type OrchestrationContext,
  type Phase,
  passed,
  projectSchema,
  taskSpecSchema,
  totalCost,
  type Verdict,
} from "@tutti/core";
import { z } from "zod";
import {
  type Ended as AgentEnded,
  closeSeats,
  implement,
  review,
  type Seat,
  seatsUsage,
  speak,
} from "./shared/agents.ts";
import { fixText, redText, sentBackText } from "./shared/prompts.ts";
import { giveWork } from "./shared/work.ts";

const sha = z.string();
const inputSchema = z.strictObject({
  agent: agentSchema,
  task: taskSpecSchema,
  repository: z.string(),
  target: z.string(),
  base: z.strictObject({ commit: sha, tree: sha }),
  dirty: z.array(z.string()),
  project: projectSchema,
});
type TaskInput = z.infer<typeof inputSchema>;

/** How a task ended. */
type Ended = AgentEnded & { mergedCommit?: string };

/** What a person wants changed before they merge. */
interface SentBack {
  notes: Finding[];
  reason: string;
}

export const implementTask: Orchestration<TaskInput> = {
  name: "implement-task",
  version: "1",
  input: inputSchema,
  async run(ctx, input) {
    const life = new TaskLife(ctx, input);
    await life.takePlace();
    const ended = await life.play();
    await life.end(ended);
  },
  async abandon(ctx, { task }, message) {
    const detail = `the program stopped: ${message}`;
    await ctx.send(ctx.session, {
      type: "task.end",
      task: task.id,
      outcome: "failed",
      detail,
      mergedCommit: null,
    });
  },
};

/** One task's program with what it has learned so far. Plays again from its steps' answers, so fields are never stored. */
class TaskLife {
  readonly ctx: OrchestrationContext;
  readonly input: TaskInput;
  readonly seats: Seat[] = [];
  /** Fix rounds so far. */
  private round = 0;
  /** Those of them that a person asked for: what agents do among themselves is limited, what a person asks for is not. */
  private askedFor = 0;
  /** How many notes a person sent it back with the last time. */
  private notes = 0;
  private reviews = 0;
  private workspace = "";
  base: string;
  private baseRed: Evidence[] = [];

  constructor(ctx: OrchestrationContext, input: TaskInput) {
    this.ctx = ctx;
    this.input = input;
    this.base = input.base.commit;
  }

  /** Who implements now: the last that was seated. */
  private get implementer(): Seat {
    const seat = this.seats.findLast(({ role }) => role === "implementer");
    if (!seat) throw new Error("no implementer was seated");
    return seat;
  }

  /** Waits until fewer tasks than allowed are worked on. The law has the last word: two may ask at once. */
  async takePlace(): Promise<void> {
    for (;;) {
      const sent = await this.move("preparing", "worktree, set-up, checks on the base");
      if (sent.ok) return;
      await this.ctx.wait(this.ctx.session, ({ tasks }) => {
        const busy = Object.values(tasks).filter(
          ({ outcome, phase }) => outcome === null && phase !== "waiting",
        );
        return busy.length < this.input.agent.limits.parallel ? true : undefined;
      });
    }
  }

  async play(): Promise<Ended> {
    const prepared = await this.prepare();
    if (prepared) return prepared;

    await this.move("implementing", "");
    const seated = await implement(this, this.workspace, this.baseRed);
    if ("outcome" in seated) return seated;
    const first = await this.take(null);
    if ("outcome" in first) return first;

    let candidate = first;
    let evidence = await this.check(candidate);
    let verdict: Verdict | null = null;
    let blocking: Finding[] = [];
    let outOfScope: string[] = [];
    for (;;) {
      const red = this.newlyRed(evidence);
      if (red.length === 0 && verdict === null) {
        const reviewed = await this.review(candidate, evidence, outOfScope, blocking);
        if ("outcome" in reviewed) return reviewed;
        verdict = reviewed;
        blocking = verdict.findings.filter(({ severity }) => severity === "blocking");
      }

      const approved = red.length === 0 && verdict?.approved === true;
      if (!approved && this.round - this.askedFor < this.input.agent.limits.rounds) {
        const text = red.length ? redText(red) : fixText(blocking, this.reviews);
        const fixed = await this.fix(
          candidate,
          text,
          red.length ? `${names(red)} red` : count(blocking.length, "finding"),
        );
        if ("outcome" in fixed) return fixed;
        outOfScope = red.length ? [] : unnamed(fixed, blocking);
        candidate = fixed;
        evidence = await this.check(candidate);
        verdict = null;
        continue;
      }

      const rebased = await this.rebase(candidate);
      if ("outcome" in rebased) return rebased;
      const sameTree = rebased.tree === candidate.tree;
      if (!sameTree) {
        evidence = await this.check(rebased);
        if (verdict && rebased.patchId === candidate.patchId) await this.carry(rebased);
        else verdict = null;
      }
      candidate = rebased;
      // The new base may ask for another review, or turn a check red that a fix round can still mend.
      if (!sameTree && (verdict === null || this.newlyRed(evidence).length > 0)) continue;

      const answer = await this.askAndMerge(candidate, evidence, verdict, outOfScope);
      if (answer === "again") continue;
      if ("outcome" in answer) return answer;
      this.askedFor += 1;
      const { notes, reason } = answer;
      this.notes = notes.length;
      const fixed = await this.fix(
        candidate,
        sentBackText(notes, reason),
        `sent back with ${count(notes.length, "note")}`,
      );
      if ("outcome" in fixed) return fixed;
      // What no review has looked at yet is still to be seen to.
      blocking = verdict === null ? [...blocking, ...notes] : notes;
      outOfScope = unnamed(fixed, blocking);
      candidate = fixed;
      evidence = await this.check(candidate);
      verdict = null;
    }
  }

  private async fix(before: Candidate, text: string, detail: string): Promise<Candidate | Ended> {
    this.round += 1;
    await this.move("fixing", detail);
    const spoken = await speak(this, this.implementer, this.workspace, text);
    return "outcome" in spoken ? spoken : this.take(before.commit);
  }

  private carry({ tree, patchId }: Candidate) {
    return this.ctx.send(this.ctx.session, {
      type: "verdict.carry",
      task: this.input.task.id,
      to: tree,
      patchId,
    });
  }

  /** Opens the worktree, sets it up, and looks at what is red before anything is changed. */
  private async prepare(): Promise<Ended | undefined> {
    const { task, repository, base, project, agent, dirty } = this.input;
    if (dirty.length > 0)
      await this.note(
        "warning",
        `uncommitted changes in your checkout are not part of the base: ${some(dirty)}`,
      );
    const opened = await giveWork(this.ctx, {
      type: "workspace.open",
      task: task.id,
      repository,
      base: base.commit,
    });
    if (opened.type !== "workspace.opened") return failed(opened);
    this.workspace = opened.workspace;
    const ready = await giveWork(this.ctx, {
      type: "workspace.set-up",
      task: task.id,
      workspace: this.workspace,
      repository,
      commands: project.setup,
      copy: project.copy,
      timeoutSeconds: agent.limits.setupSeconds,
    });
    if (ready.type !== "workspace.ready") return failed(ready);
    for (const step of ready.steps)
      if (step.exitCode !== 0)
        await this.note(
          "warning",
          `set-up \`${step.command}\` ${step.timedOut ? "hit its time limit" : `ended with ${step.exitCode}`}`,
        );
    const evidence = await this.check({ commit: base.commit, tree: base.tree }, true);
    this.baseRed = evidence.filter((item) => !passed(item));
    if (this.baseRed.length > 0)
      await this.note("warning", `red on the base already: ${names(this.baseRed)}`);
    return undefined;
  }

  private async take(previous: string | null): Promise<Candidate | Ended> {
    const { task, repository, project } = this.input;
    const taken = await giveWork(this.ctx, {
      type: "candidate.take",
      task: task.id,
      workspace: this.workspace,
      repository,
      base: this.base,
      message: task.text,
      sources: project.sources,
      previous,
    });
    switch (taken.type) {
      case "candidate.taken":
        return taken.candidate;
      case "candidate.empty":
        return { outcome: "empty", detail: "the implementer left the files as they were" };
      case "candidate.refused":
        return { outcome: taken.reason, detail: taken.detail };
      default:
        return failed(taken);
    }
  }

  private async check(at: { commit: string; tree: string }, keep = false): Promise<Evidence[]> {
    const { task, project } = this.input;
    if (project.checks.length === 0) return [];
    if (!keep) await this.move("checking", names(project.checks));
    const done = await giveWork(this.ctx, {
      type: "check.run",
      task: task.id,
      workspace: this.workspace,
      commit: at.commit,
      tree: at.tree,
      checks: project.checks,
      keep,
    });
    if (done.type === "check.finished") return done.evidence;
    const message = done.type === "work.failed" ? done.message : `the machine answered ${done.type}`;
    return project.checks.map(({ name, command }) => ({
      name,
      command,
      exitCode: null,
      timedOut: false,
      durationMs: 0,
      output: { text: `the check could not be run: ${message}`, cut: 0 },
      treeHash: at.tree,
      changedFiles: [],
      cached: false,
    }));
  }

  /** Red now and green on the base: what the change is to blame for. */
  private newlyRed(evidence: readonly Evidence[]): Evidence[] {
    const before = new Set(this.baseRed.map(({ name }) => name));
    return evidence.filter((item) => !passed(item) && !before.has(item.name));
  }

  private async review(
    candidate: Candidate,
    evidence: Evidence[],
    outOfScope: string[],
    earlier: Finding[],
  ): Promise<Verdict | Ended> {
    this.reviews += 1;
    const round = this.reviews;
    await this.move("reviewing", `round ${round}`);
    const verdict = await review(this, candidate, {
      task: this.input.task,
      round,
      evidence,
      baseRed: this.baseRed.map(({ name }) => name),
      flagged: candidate.flagged,
      outOfScope,
      earlier,
    });
    if ("outcome" in verdict) return verdict;
    const recorded = await this.ctx.send(this.ctx.session, {
      type: "verdict.record",
      task: this.input.task.id,
      round,
      verdict,
    });
    return recorded.ok ? verdict : { outcome: "same-vendor", detail: recorded.refusal.message };
  }

  private async rebase(candidate: Candidate): Promise<Candidate | Ended> {
    const { task, repository, target, project } = this.input;
    await this.move("rebasing", `onto ${target}`);
    const rebased = await giveWork(this.ctx, {
      type: "candidate.rebase",
      task: task.id,
      repository,
      candidate: candidate.commit,
      base: this.base,
      target,
      sources: project.sources,
    });
    if (rebased.type === "candidate.conflicted")
      return {
        outcome: "conflict",
        detail: `${target} moved and the change does not fit it any more in ${some(rebased.files)}; the worktree ${this.workspace} holds the change`,
      };
    if (rebased.type !== "candidate.rebased") return failed(rebased);
    this.base = rebased.head;
    return rebased.candidate;
  }

  /** Asks a person and merges. `again` when the target moved in between; a person's notes when they sent it back. */
  private async askAndMerge(
    candidate: Candidate,
    evidence: Evidence[],
    verdict: Verdict | null,
    outOfScope: string[],
  ): Promise<Ended | SentBack | "again"> {
    const { ctx, input } = this;
    const { task, repository, target } = input;
    const cost = totalCost(await seatsUsage(this));
    let blocked: string | undefined;
    for (;;) {
      const warnings = this.warnings(candidate, evidence, verdict);
      if (blocked) warnings.push(blocked);
      await this.move("consenting", `merge into ${target}`);
      const approval = ctx.id("merge");
      const asked = await ctx.send(ctx.session, {
        type: "approval.request",
        approval,
        subject: {
          kind: "merge",
          task: task.id,
          commit: candidate.commit,
          tree: candidate.tree,
          target,
          head: this.base,
          diff: candidate.diff,
          evidence,
          verdict: {
            approved: verdict?.approved === true,
            tree: candidate.tree,
            findings: verdict?.findings ?? [],
          },
          warnings,
          remarks: outOfScope.length
            ? [`the last fix also changed files that no finding named: ${some(outOfScope)}`]
            : [],
          ...cost,
        },
      });
      if (!asked.ok) return { outcome: "failed", detail: asked.refusal.message };
      const answer = await ctx.wait(ctx.session, ({ approvals }) => {
        const card = approvals[approval];
        if (card?.withdrawn !== undefined) return { answer: "deny" as const, reason: card.withdrawn };
        if (!card?.answered) return undefined;
        const { answer, reason = "", notes } = card.answered;
        return { answer, reason, ...(notes && { notes }) };
      });
      if (answer.notes) return { notes: answer.notes, reason: answer.reason };
      if (answer.answer === "deny")
        return {
          outcome: "declined",
          detail: `${answer.reason || "a person said no"}; the change stays in ${this.workspace}`,
        };

      await this.move("merging", `into ${target}`);
      const merged = await giveWork(ctx, {
        type: "candidate.merge",
        task: task.id,
        repository,
        commit: candidate.commit,
        tree: candidate.tree,
        target,
        head: this.base,
      });
      if (merged.type === "candidate.merged")
        return { outcome: "merged", detail: merged.notes.join("; "), mergedCommit: merged.commit };
      if (merged.type === "target.moved") {
        await this.note("info", `${target} moved after the consent: rebasing again`);
        return "again";
      }
      if (merged.type !== "target.dirty") return failed(merged);
      const dirty = `${merged.detail}: ${some(merged.files)}`;
      if (blocked !== undefined || (await this.preapproved()))
        return { outcome: "dirty", detail: `${dirty}; the verified change is on the task's branch` };
      blocked = `${dirty}. Commit or stash them, then say yes again`;
    }
  }

  private warnings(candidate: Candidate, evidence: readonly Evidence[], verdict: Verdict | null): string[] {
    const red = this.newlyRed(evidence);
    const rounds = count(this.input.agent.limits.rounds, "fix round");
    return [
      // A beforehand yes was not meant for what a person had to send back: they see whether it is mended.
      ...(this.notes > 0
        ? [`a person sent it back with ${count(this.notes, "note")}: see whether that is mended`]
        : []),
      ...(red.length ? [`red on this change: ${names(red)}`] : []),
      ...(verdict?.approved
        ? []
        : [
            `no review approves this change, and ${rounds} were allowed`,
            `the implementer's last words: ${this.implementer.lastMessage.slice(0, 2_000) || "none"}`,
          ]),
      ...(candidate.flagged.length
        ? [`it changes what defines the checks or the rules: ${some(candidate.flagged)}`]
        : []),
    ];
  }

  private preapproved(): Promise<boolean> {
    return this.ctx.wait(this.ctx.session, ({ spec }) => spec.preapproved.includes("merge"));
  }

  async end({ outcome, detail, mergedCommit }: Ended): Promise<void> {
    const { ctx, input } = this;
    await closeSeats(this);
    let told = detail;
    if (this.workspace) {
      const closed = await giveWork(ctx, {
        type: "workspace.close",
        task: input.task.id,
        workspace: this.workspace,
        repository: input.repository,
        merged: mergedCommit ?? null,
      });
      if (closed.type === "workspace.kept")
        await this.note("info", `worktree kept: ${closed.reason} (${closed.workspace})`);
      if (closed.type === "work.failed")
        told = `${told}; the worktree could not be closed: ${closed.message}`;
    }
    await ctx.send(ctx.session, {
      type: "task.end",
      task: input.task.id,
      outcome,
      detail: told,
      mergedCommit: mergedCommit ?? null,
    });
  }

  move(phase: Phase, detail: string) {
    return this.ctx.send(this.ctx.session, {
      type: "task.move",
      task: this.input.task.id,
      phase,
      round: this.round,
      detail,
    });
  }

  note(level: "info" | "warning", text: string) {
    return this.ctx.send(this.ctx.session, { type: "task.note", task: this.input.task.id, level, text });
  }
}

const failed = (result: { type: string; message?: string }): Ended => ({
  outcome: "failed",
  detail: result.message ?? `the machine answered ${result.type}`,
});
/** Paths that a fix changed although no finding names them. */
const unnamed = ({ changedSince }: Candidate, findings: readonly Finding[]): string[] => {
  const named = new Set(findings.map(({ file }) => file));
  return changedSince.filter((path) => !named.has(path));
};
const names = (items: readonly { name: string }[]): string => items.map(({ name }) => name).join(", ");
const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;
const some = (paths: readonly string[]): string =>
  paths.length <= 5 ? paths.join(", ") : `${paths.slice(0, 5).join(", ")} and ${paths.length - 5} more`;
