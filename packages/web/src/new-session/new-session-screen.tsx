/** The new session's box as a page of its own. */
import { PersonMenu } from "../app/person-menu.tsx";
import { useWidth } from "../app/viewport.ts";
import { NewSession } from "./new-session.tsx";

export function NewSessionScreen() {
  const isPhone = useWidth() === "phone";
  return (
    <section className="pane" aria-label="New session">
      <div className="bar">
        <h1>New session</h1>
        <span className="gap" />
        {isPhone && <PersonMenu />}
      </div>
      <div className="scroll">
        <div className="new-page">
          <NewSession draft={{}} onStarted={() => {}} />
        </div>
      </div>
    </section>
  );
}
