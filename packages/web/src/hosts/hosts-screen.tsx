export function HostsScreen() {
  return (
    <section className="pane">
      <div className="bar">
        <h1>Hosts</h1>
      </div>
    </section>
  );
}
