export function ReviewsScreen() {
  return (
    <section className="pane">
      <div className="bar">
        <h1>Reviews</h1>
      </div>
    </section>
  );
}
