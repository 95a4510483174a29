/** A finding's claim as a title and what follows it. Pure. */

/** Up to the first colon or the first sentence's end, if that is short enough for a title. */
export function splitClaim(claim: string): { title: string; rest: string } {
  const found = /^(.{8,120}?)(?::\s+|\.\s+(?=[A-Z`]))([\s\S]*)$/.exec(claim);
  return found
    ? { title: found[1] ?? claim, rest: found[2] ?? "" }
    : { title: claim.replace(/\.$/, ""), rest: "" };
}
