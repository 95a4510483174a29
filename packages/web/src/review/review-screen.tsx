export function ReviewScreen() {
  return (
    <section className="pane">
      <div className="bar">
        <h1>Changes</h1>
      </div>
    </section>
  );
}
