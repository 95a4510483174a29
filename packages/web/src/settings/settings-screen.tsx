export function SettingsScreen() {
  return (
    <section className="pane">
      <div className="bar">
        <h1>Settings</h1>
      </div>
    </section>
  );
}
