/** Secrets in a text, by the marks that their makers gave them. Precise rather than complete: a text without any stays as it is. */

interface Kind {
  words: string;
  /** A quick look that tells most texts apart. */
  hint: RegExp;
  /** A group named `secret` is what is taken out; without one, the whole. */
  pattern: RegExp;
  is?: (secret: string) => boolean;
}

const varied = (secret: string): boolean => entropy(secret) >= 3;

const kinds: readonly Kind[] = [
  {
    words: "a private key",
    hint: /PRIVATE KEY/,
    pattern:
      /-----BEGIN (?:[A-Z]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:[\s\S]{1,20000}?-----END (?:[A-Z]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----|[\sA-Za-z0-9+/=\\]{0,20000})/g,
  },
  { words: "an AWS access key", hint: /A(?:KIA|SIA)/, pattern: /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/g },
  {
    words: "an AWS secret key",
    hint: /aws/i,
    pattern:
      /\baws_?secret_?(?:access_?)?key["']?\s{0,4}[:=]\s{0,4}["']?(?<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/gi,
  },
  { words: "a GitHub token", hint: /gh[pousr]_/, pattern: /\bgh[pousr]_[A-Za-z0-9]{36,251}\b/g },
  { words: "a GitHub token", hint: /github_pat_/, pattern: /\bgithub_pat_[A-Za-z0-9_]{60,250}\b/g },
  {
    words: "a GitLab token",
    hint: /gl[a-z]{1,5}-/,
    pattern: /\bgl(?:pat|ptt|dt|rt|cbt|soat|ft|imt|agent|oas)-[\w-]{20,300}/g,
  },
  {
    words: "a Slack token",
    hint: /xox|xapp-/,
    pattern: /\b(?:xox[abeoprs]-[A-Za-z0-9-]{10,250}|xapp-\d-[A-Za-z0-9-]{10,250})/g,
  },
  {
    words: "a Slack webhook",
    hint: /hooks\.slack/,
    pattern: /\bhttps:\/\/hooks\.slack\.com\/(?:services|workflows)\/(?<secret>[A-Za-z0-9/+]{20,200})/g,
  },
  {
    words: "a Stripe key",
    hint: /[srp]k_(?:live|test)_|whsec_/,
    pattern: /\b(?:[sr]k_(?:live|test)_[A-Za-z0-9]{16,250}|whsec_[A-Za-z0-9+/=]{24,100})/g,
  },
  // Vendors of models share a beginning.
  {
    words: "an API key",
    hint: /sk-/,
    pattern: /\bsk-(?:[a-z]{2,12}\d{0,3}-){0,2}[A-Za-z0-9_-]{32,250}/g,
    is: (secret) => /\d/.test(secret) && /[A-Z]/.test(secret) && varied(secret),
  },
  { words: "a Google API key", hint: /AIza/, pattern: /\bAIza[\w-]{35}(?![\w-])/g },
  { words: "a Google client secret", hint: /GOCSPX-/, pattern: /\bGOCSPX-[\w-]{28}(?![\w-])/g },
  {
    words: "a token of Tutti's own",
    hint: /tutti_/,
    pattern: /\btutti_[a-z]{1,20}_[A-Za-z0-9_-]{43}(?![\w-])/g,
    is: varied,
  },
  { words: "an npm token", hint: /npm_/, pattern: /\bnpm_[A-Za-z0-9]{36}\b/g },
  {
    words: "a registry's token",
    hint: /_authToken/,
    pattern: /_authToken\s{0,4}=\s{0,4}["']?(?<secret>[\w.+/=-]{16,500})/g,
  },
  { words: "a PyPI token", hint: /pypi-AgE/, pattern: /\bpypi-AgE[\w-]{50,1000}/g },
  { words: "a Hugging Face token", hint: /hf_/, pattern: /\bhf_[A-Za-z]{34}\b/g },
  { words: "a SendGrid key", hint: /SG\./, pattern: /\bSG\.[\w-]{22}\.[\w-]{43}(?![\w-])/g },
  {
    words: "a JSON web token",
    hint: /eyJ/,
    pattern: /\beyJ[A-Za-z0-9_-]{10,4000}\.eyJ[A-Za-z0-9_-]{10,8000}\.[A-Za-z0-9_-]{20,2000}/g,
  },
  {
    words: "a password in an address",
    hint: /:\/\/[^\s/]{0,100}:[^\s/]{1,200}@/,
    pattern:
      /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"'<>]{0,100}:(?<secret>[^\s/@"'<>${}]{3,200})@[\w.[\]-]{1,250}/gi,
    is: (secret) =>
      !/^(\*+|x+|password|passwd|pass|secret|token|changeme|postgres|root|user|\.\.\.|…)$/i.test(secret),
  },
  {
    words: "a bearer token",
    hint: /bearer/i,
    pattern:
      /\bauthorization["']?\s{0,4}[:=]\s{0,4}["']?bearer\s{1,4}(?<secret>[A-Za-z0-9._~+/-]{20,4000}=*)/gi,
    is: varied,
  },
];

const assignment: Kind = {
  words: "a value that is named a secret",
  hint: /key|token|secret|passw|credential/i,
  pattern:
    /(?<![A-Za-z0-9])(?:[A-Za-z0-9]{1,30}[_-]){0,4}(?:api[_-]?key|secret[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?token|access[_-]?token|api[_-]?token|token|client[_-]?secret|secret|password|passwd|credentials?)["']?\s{0,4}(?:=|:)\s{0,4}(?<quote>["']?)(?<secret>[A-Za-z0-9+/_.~-]{16,500}={0,2})\k<quote>(?=$|[\s,;"'}\])&])/gim,
  is: isRandom,
};

/** What is found, in words, and the text without it. */
export function findSecrets(text: string, assignments: boolean): { found: string[]; text: string } {
  const found = new Set<string>();
  let left = text;
  for (const { words, hint, pattern, is } of assignments ? [...kinds, assignment] : kinds) {
    if (!hint.test(left)) continue;
    left = left.replace(pattern, (whole: string, ...more: unknown[]) => {
      const groups = more.at(-1);
      const named =
        typeof groups === "object" && groups !== null && "secret" in groups ? groups.secret : whole;
      const secret = typeof named === "string" ? named : whole;
      if (secret.startsWith("[redacted") || (is && !is(secret))) return whole;
      found.add(words);
      const at = whole.lastIndexOf(secret);
      return `${whole.slice(0, at)}[redacted: ${words}]${whole.slice(at + secret.length)}`;
    });
  }
  return { found: [...found], text: left };
}

/** Looks made by a machine: letters and digits, mixed, and as varied as random text of its length. */
function isRandom(secret: string): boolean {
  const letters = /[A-Za-z]/.test(secret);
  const digits = (secret.match(/\d/g) ?? []).length;
  if (!letters || digits < 2 || /^(https?|file|\.{0,2}\/|\w+\.\w+\.\w+\()/.test(secret)) return false;
  // A name with parts in it (`process.env.X`, `src/a/b`) is put together of words.
  if (/^[\w-]+([./][\w-]+)+$/.test(secret) && secret.split(/[./]/).every((part) => part.length < 16))
    return false;
  return entropy(secret) >= Math.min(3.5, Math.log2(secret.length) * 0.85);
}

/** Shannon's entropy in bits for each character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
