/** Signing browsers in and out. */
import type { Context } from "hono";
import { setCookie } from "hono/cookie";
import type { FailureLimit } from "../access/failure-limit.ts";
import type { SignIns } from "../access/sign-ins.ts";
import { plainPage } from "../web-files/plain-page.ts";
import { type Authentication, callerOf, cookieName, isTls, overLimit } from "./authentication.ts";
import type { ApiEnv, Endpoints } from "./endpoint.ts";
import { problem, securityHeaders } from "./problem.ts";

/** Where a link leads to. It is the only route that takes no credential but its own code. */
export const signInPath = "/sign-in";

export function signInEndpoints({
  signIns,
  authentication,
}: {
  signIns: SignIns;
  authentication: Authentication;
}): Pick<Endpoints, "signInLink" | "signIns" | "revokeSignIn"> {
  return {
    async signInLink() {
      const { code, expiresAt } = signIns.makeLink();
      return { path: `${signInPath}?code=${code}`, expiresAt: expiresAt.toISOString() };
    },
    async signIns({ caller: { signIn } }) {
      const all = await signIns.list();
      return { signIns: all.map((one) => ({ ...one, current: one.id === signIn })) };
    },
    async revokeSignIn({ params: { id }, context }) {
      const revoked = await signIns.revoke(id);
      authentication.cut(id, context.env.outgoing);
      return { revoked };
    },
  };
}

/**
 * Exchanges a link's code for a cookie that scripts cannot read, and leaves the address that holds the code: for the path of
 * this server that the link names as `next`, else for its first page.
 */
export function signInPage(parts: {
  signIns: SignIns;
  failures: FailureLimit;
}): (context: Context<ApiEnv>) => Promise<Response> {
  const { signIns, failures } = parts;
  return async (context) => {
    const { req } = context;
    if (req.method !== "GET") return problem("not-found", `there is no ${req.method} ${signInPath}`);
    // Who looks at a link beforehand, or draws it into a page, would use it up.
    const purpose = `${req.header("sec-purpose") ?? ""} ${req.header("purpose") ?? ""}`;
    const mode = req.header("sec-fetch-mode");
    if (/prefetch|prerender|preview/i.test(purpose) || (mode !== undefined && mode !== "navigate"))
      return plainPage(
        403,
        "Open this link by itself",
        "It signs this browser in when it is opened as a page.",
      );
    const over = overLimit(failures, context, "code");
    if (over) return over;
    const signedIn = await signIns.signIn(req.query("code") ?? "", req.header("user-agent") ?? "");
    if (!signedIn) {
      const who = callerOf(context);
      if (who !== undefined) failures.failed(`code ${who}`);
      return plainPage(
        410,
        "This link is over",
        "It was used already, or its five minutes have passed. <code>tutti link</code> makes a new one. If somebody else used it, sign that browser out: <code>tutti link --list</code>.",
      );
    }
    setCookie(context, cookieName(context), signedIn.secret, {
      path: "/",
      httpOnly: true,
      sameSite: "Strict",
      secure: isTls(context),
      expires: signedIn.expiresAt,
    });
    for (const [name, value] of Object.entries(securityHeaders)) context.header(name, value);
    return context.redirect(ownPath(req.query("next")), 303);
  };
}

/** A path of this server, as a browser would read it; anything that leads elsewhere is the first page. */
function ownPath(next = "/"): string {
  const own = "http://own.invalid";
  const found = next.startsWith("/") ? URL.parse(next, own) : null;
  // `/.//elsewhere` is of this server, and its path is not.
  if (!found || found.origin !== own || found.pathname.startsWith("//")) return "/";
  return found.pathname + found.search + found.hash;
}
