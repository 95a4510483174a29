export function SessionsScreen() {
  return (
    <section className="pane">
      <div className="bar">
        <h1>Sessions</h1>
      </div>
    </section>
  );
}
