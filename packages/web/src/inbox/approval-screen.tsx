export function ApprovalScreen() {
  return (
    <section className="pane">
      <div className="bar">
        <h1>Request</h1>
      </div>
    </section>
  );
}
