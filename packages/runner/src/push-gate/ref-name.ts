/**
 * Whether a ref may be pushed under this name: what git allows below `refs/`, without characters that are not seen
 * (controls, directional marks, joiners), since a person decides by what the name looks like.
 */
export function isRefName(name: string): boolean {
  return (
    /^refs\/./s.test(name) &&
    !/[ ~^:?*[\\]|\.\.|@\{|\/\/|\/$|\.$|\/\.|\.lock(?:\/|$)/s.test(name) &&
    !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(name)
  );
}

/** Refs of Tutti's own, in the gate and in the user's repository: nobody pushes to them. */
export const isHiddenRef = (name: string): boolean => name === "refs/tutti" || name.startsWith("refs/tutti/");
