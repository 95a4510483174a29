export function NewSessionScreen() {
  return (
    <section className="pane">
      <div className="bar">
        <h1>New</h1>
      </div>
    </section>
  );
}
