/** A terminal's colours out of the app's tokens, as they are now. */
import type { ITheme } from "@xterm/xterm";

/** Reads what a token computes to: the terminal knows no variables, and no colour spaces but sRGB. */
export function terminalTheme(element: HTMLElement): ITheme {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const probe = document.createElement("span");
  element.append(probe);
  const colour = (token: string): string => {
    probe.style.color = `var(${token})`;
    const computed = getComputedStyle(probe).color;
    if (!context) return computed;
    context.fillStyle = computed;
    context.clearRect(0, 0, 1, 1);
    context.fillRect(0, 0, 1, 1);
    const [r = 0, g = 0, b = 0] = context.getImageData(0, 0, 1, 1).data;
    return `#${[r, g, b].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
  };
  const theme: ITheme = {
    background: colour("--bg"),
    foreground: colour("--text"),
    cursor: colour("--text"),
    cursorAccent: colour("--bg"),
    selectionBackground: colour("--bg-selected"),
    black: colour("--text-3"),
    brightBlack: colour("--text-3"),
    white: colour("--text-2"),
    brightWhite: colour("--text"),
    red: colour("--stop"),
    brightRed: colour("--stop"),
    green: colour("--pass"),
    brightGreen: colour("--pass"),
    yellow: colour("--you"),
    brightYellow: colour("--you"),
    blue: colour("--work"),
    brightBlue: colour("--work"),
    magenta: colour("--syn-num"),
    brightMagenta: colour("--syn-num"),
    cyan: colour("--syn-str"),
    brightCyan: colour("--syn-str"),
  };
  probe.remove();
  return theme;
}
