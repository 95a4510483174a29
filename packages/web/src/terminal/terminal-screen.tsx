export function TerminalScreen() {
  return (
    <section className="pane">
      <div className="bar">
        <h1>Terminal</h1>
      </div>
    </section>
  );
}
