import type { Policy } from "@tutti/core";
import { z } from "zod";

/** Each kind of personal data: what looks like it, and whether it is. */
const finders = {
  email: {
    words: "an e-mail address",
    pattern: /(?<![\w.+-])[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}\b/gi,
    is: (text: string) =>
      !/@(?:.*\.)?(example\.(com|org|net)|test|invalid|localhost)$/i.test(text) && !/^git@/i.test(text),
  },
  phone: {
    words: "a phone number",
    pattern:
      /(?<![\w+.])(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{2,4}(?:[ .-]?\d{2,4}){2,4}|\(\d{3}\) ?\d{3}-\d{4}|\d{3}-\d{3}-\d{4})(?![\w.-])/g,
    is: (text: string) => /^\d{8,15}$/.test(text.replace(/\D/g, "").padStart(8, "x")),
  },
  card: {
    words: "a card number",
    pattern:
      /(?<![\w.-])[3-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{1,7}(?![\w-])|(?<![\w.-])3[47]\d{2}[ -]?\d{6}[ -]?\d{5}(?![\w-])/g,
    is: isCard,
  },
  iban: {
    words: "a bank account's IBAN",
    pattern: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b/g,
    is: isIban,
  },
  ssn: {
    words: "a US social security number",
    pattern: /(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])/g,
    is: () => true,
  },
} as const;
type Kind = keyof typeof finders;
const kinds = Object.keys(finders) as [Kind, ...Kind[]];

const params = z.strictObject({
  kinds: z
    .array(z.enum(kinds))
    .min(1)
    .default([...kinds])
    .describe("What is looked for."),
  effect: z.enum(["ask", "deny"]).default("ask").describe("What happens to a text that holds such a thing."),
});

/** Looks at what a person, or a program, tells an agent. What an agent reads by itself passes here never. */
export const piiInPrompts: Policy<z.infer<typeof params>> = {
  name: "pii-in-prompts",
  summary: "Personal data in a request does not go to a model unseen.",
  phases: ["request"],
  params,
  evaluate(action, { kinds: wanted, effect }) {
    if (action.phase !== "request") return undefined;
    const found = wanted.filter((kind) => {
      const { pattern, is } = finders[kind];
      return [...action.text.matchAll(pattern)].some(([text]) => is(text));
    });
    if (found.length === 0) return undefined;
    const words = found.map((kind) => finders[kind].words).join(", ");
    return {
      effect,
      reason: `The text holds ${words}, and would go to the model's vendor.`,
      weight: "leaves-machine",
      alternative: "Write the request without it.",
    };
  },
};

/** Luhn's checksum, on numbers as long as cards have them. */
function isCard(text: string): boolean {
  const digits = text.replace(/\D/g, "");
  if (digits.length < 13 || digits.length > 19 || /^(\d)\1+$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/** ISO 7064's remainder, as every IBAN has it. */
function isIban(text: string): boolean {
  const iban = text.replace(/ /g, "");
  if (iban.length < 15 || iban.length > 34) return false;
  const turned = iban.slice(4) + iban.slice(0, 4);
  let rest = 0;
  for (const char of turned)
    for (const digit of parseInt(char, 36).toString()) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}
