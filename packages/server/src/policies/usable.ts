import type { Policy, PolicyUse } from "@tutti/core";

/** A policy with its parameters read, or why it cannot be asked. */
export type Usable = { ok: true; policy: Policy; params: unknown } | { ok: false; reason: string };

const limit = 1_000;
const byUse = new WeakMap<readonly Policy[], WeakMap<PolicyUse, Usable>>();
const byText = new WeakMap<readonly Policy[], Map<string, Usable>>();

/**
 * The policy of a use. Parameters are read once: the same use, and another one with the same words, get the very same
 * parsed object, so that a policy may keep by it what it made of them.
 */
export function usable(known: readonly Policy[], use: PolicyUse): Usable {
  const uses = kept(byUse, known, () => new WeakMap<PolicyUse, Usable>());
  const before = uses.get(use);
  if (before) return before;
  const texts = kept(byText, known, () => new Map<string, Usable>());
  const text = `${use.name} ${JSON.stringify(use.params)}`;
  let found = texts.get(text);
  if (!found) {
    found = read(known, use);
    if (texts.size >= limit) texts.delete(texts.keys().next().value ?? "");
    texts.set(text, found);
  }
  uses.set(use, found);
  return found;
}

function read(known: readonly Policy[], { name, params }: PolicyUse): Usable {
  const policy = known.find((one) => one.name === name);
  if (!policy) return { ok: false, reason: `The policy ${name} is not known here, so nothing is allowed.` };
  const parsed = policy.params.safeParse(params);
  if (parsed.success) return { ok: true, policy, params: parsed.data };
  const message = parsed.error.issues[0]?.message ?? "its parameters are wrong";
  return { ok: false, reason: `The policy ${name} failed, so nothing is allowed: ${message}` };
}

function kept<K extends object, V>(all: WeakMap<K, V>, key: K, make: () => V): V {
  const before = all.get(key);
  if (before !== undefined) return before;
  const made = make();
  all.set(key, made);
  return made;
}
