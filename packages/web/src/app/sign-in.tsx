/** What a browser sees that nobody signed in: how to get a link. */
import { Icon } from "../design/icon.tsx";

export function SignIn() {
  return (
    <main className="mx-auto flex h-full max-w-[460px] flex-col justify-center gap-3 px-6">
      <Icon name="tutti" size={28} />
      <h1 className="text-22 font-semibold tracking-[-0.014em]">This browser is not signed in</h1>
      <p className="text-14 text-text-2">
        Ask Tutti for a link on the machine where it runs, and open it here. It works once, within five
        minutes.
      </p>
      <div className="cmd">
        <span className="text-text-3" aria-hidden="true">
          $
        </span>
        <span>tutti link</span>
      </div>
    </main>
  );
}
