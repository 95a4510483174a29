export function FilesScreen() {
  return (
    <section className="pane">
      <div className="bar">
        <h1>Files</h1>
      </div>
    </section>
  );
}
