export function SessionScreen() {
  return (
    <section className="pane">
      <div className="bar">
        <h1>Session</h1>
      </div>
    </section>
  );
}
