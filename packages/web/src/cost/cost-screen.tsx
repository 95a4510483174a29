export function CostScreen() {
  return (
    <section className="pane">
      <div className="bar">
        <h1>Cost</h1>
      </div>
    </section>
  );
}
