export function AgentsScreen() {
  return (
    <section className="pane">
      <div className="bar">
        <h1>Agents</h1>
      </div>
    </section>
  );
}
