export function InboxScreen() {
  return (
    <section className="pane">
      <div className="bar">
        <h1>Inbox</h1>
      </div>
    </section>
  );
}
