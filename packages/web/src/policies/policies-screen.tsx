export function PoliciesScreen() {
  return (
    <section className="pane">
      <div className="bar">
        <h1>Policies</h1>
      </div>
    </section>
  );
}
