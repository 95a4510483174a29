/** Every key, as the list under `?` shows it. */
export interface KeyLine {
  keys: readonly string[];
  does: string;
}

export const keyList: readonly { title: string; lines: readonly KeyLine[] }[] = [
  {
    title: "Everywhere",
    lines: [
      { keys: ["Ctrl K", "/"], does: "Command box: go anywhere, do anything" },
      { keys: ["G", "I S R C A P H"], does: "Go to a screen" },
      { keys: ["Alt 1–9"], does: "Live session n" },
      { keys: ["C"], does: "New session" },
      { keys: ["J", "K"], does: "Move in a list" },
      { keys: ["Enter", "Esc"], does: "Open, back" },
      { keys: ["?"], does: "This list" },
    ],
  },
  {
    title: "A request",
    lines: [
      { keys: ["A"], does: "Allow once, where it is routine" },
      { keys: ["D"], does: "Deny" },
      { keys: ["B"], does: "The safe way" },
      { keys: ["M", "Enter"], does: "Merge: first opens the confirmation" },
      { keys: ["N"], does: "Send back with notes" },
      { keys: ["E"], does: "Clear what is news" },
    ],
  },
  {
    title: "A session",
    lines: [
      { keys: ["O"], does: "Open the session" },
      { keys: ["V"], does: "View its changes" },
      { keys: ["F"], does: "Its files" },
      { keys: ["T"], does: "A terminal in its worktree" },
      { keys: ["R"], does: "To the message box; reply to a finding" },
      { keys: ["P"], does: "Stop its agents" },
    ],
  },
  {
    title: "Changes",
    lines: [
      { keys: ["[", "]"], does: "Finding back and on" },
      { keys: [",", "."], does: "File back and on" },
      { keys: ["X"], does: "Viewed" },
      { keys: ["U"], does: "Unified or split" },
      { keys: ["W"], does: "Wrap lines" },
    ],
  },
];
