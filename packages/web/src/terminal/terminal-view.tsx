import "@xterm/xterm/css/xterm.css";
import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import { type Ref, useEffect, useImperativeHandle, useRef, useState } from "react";
import { useScheme } from "../app/use-scheme.ts";
import { Button } from "../design/button.tsx";
import { openTerminalSocket, type TerminalEnd } from "./terminal-socket.ts";
import { terminalTheme } from "./terminal-theme.ts";

export interface TerminalHandle {
  /** Sends keys as if they were typed. */
  type(keys: string): void;
  focus(): void;
}

const scrollback = 5_000;
const fontSize = 13;

/** A shell in a folder of a machine. Another one is opened when it has ended and the person asks for it. */
export function TerminalView({
  host,
  folder,
  isReadOut,
  handle,
}: {
  host: string;
  folder: string;
  /** What it shows is told to screen readers. */
  isReadOut: boolean;
  handle: Ref<TerminalHandle>;
}) {
  const place = useRef<HTMLDivElement>(null);
  const terminal = useRef<Terminal>(undefined);
  const [generation, setGeneration] = useState(0);
  const [end, setEnd] = useState<TerminalEnd>();
  const [isOpen, setOpen] = useState(false);
  const scheme = useScheme();
  useImperativeHandle(
    handle,
    () => ({
      type: (keys) => {
        terminal.current?.input(keys);
        terminal.current?.focus();
      },
      focus: () => terminal.current?.focus(),
    }),
    [],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: another generation is another shell
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    setEnd(undefined);
    setOpen(false);
    let close = () => {};
    let isGone = false;
    // Letters are measured once: before that their font must be there.
    const font = getComputedStyle(element).fontFamily;
    void document.fonts.load(`${fontSize}px ${font}`).finally(() => {
      if (!isGone) close = openShell(element, font);
    });
    return () => {
      isGone = true;
      close();
    };
  }, [host, folder, generation]);

  /** Returns what ends it. */
  function openShell(element: HTMLElement, fontFamily: string): () => void {
    const shown = new Terminal({
      ...{ scrollback, cursorBlink: false, allowProposedApi: false, screenReaderMode: isReadOut },
      ...{ fontFamily, fontSize, lineHeight: 1.3, macOptionIsMeta: true },
      theme: terminalTheme(element),
    });
    const fit = new FitAddon();
    shown.loadAddon(fit);
    shown.open(element);
    fit.fit();
    terminal.current = shown;
    const opened = openTerminalSocket({
      ...{ host, folder, columns: shown.cols, rows: shown.rows },
      onBytes: (bytes) => shown.write(bytes),
      onOpen: () => {
        setOpen(true);
        shown.focus();
      },
      onEnd: (how) => {
        setOpen(false);
        setEnd(how);
      },
    });
    const encoder = new TextEncoder();
    const data = shown.onData((text) => opened.write(encoder.encode(text)));
    // Bytes above 127 that are no text, as some mouse reports are.
    const binary = shown.onBinary((text) => opened.write(Uint8Array.from(text, (one) => one.charCodeAt(0))));
    const size = shown.onResize(({ cols, rows }) => opened.resize(cols, rows));
    shown.attachCustomKeyEventHandler((event) => onKey(event, shown));
    const watching = new ResizeObserver(() => {
      if (element.clientWidth > 0 && element.clientHeight > 0) fit.fit();
    });
    watching.observe(element);
    return () => {
      watching.disconnect();
      for (const one of [data, binary, size]) one.dispose();
      opened.close();
      shown.dispose();
      terminal.current = undefined;
    };
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: the tokens are other ones in another theme
  useEffect(() => {
    if (terminal.current && place.current) terminal.current.options.theme = terminalTheme(place.current);
  }, [scheme]);
  useEffect(() => {
    if (terminal.current) terminal.current.options.screenReaderMode = isReadOut;
  }, [isReadOut]);

  return (
    <>
      <section
        ref={place}
        className="terminal-place"
        aria-label={`Terminal in ${folder}`}
        aria-busy={!isOpen && !end}
      />
      {end && (
        <div className="terminal-end" role="status">
          <span className="flex-1">{endWords(end)}</span>
          <Button look="primary" data-autofocus onClick={() => setGeneration(generation + 1)}>
            Open another
          </Button>
        </div>
      )}
    </>
  );
}

/** What the terminal keeps from the shell: copy, paste, and the way out. */
function onKey(event: KeyboardEvent, terminal: Terminal): boolean {
  if (event.type !== "keydown" || !event.ctrlKey || !event.shiftKey) return true;
  if (event.code === "KeyC" && terminal.hasSelection()) {
    // The browser's own copying takes the selection; without TLS it is the only one.
    document.execCommand("copy");
    event.preventDefault();
    return false;
  }
  if (event.code === "KeyV") return false;
  if (event.code === "Escape") {
    terminal.blur();
    document.querySelector<HTMLElement>("main h1 a, main a")?.focus();
    event.preventDefault();
    return false;
  }
  return true;
}

function endWords({ code, reason }: TerminalEnd): string {
  if (typeof code === "number") return `The shell ended with ${code}.`;
  if (code === null) return "The shell was ended by a signal.";
  return reason === "" ? "The connection to the terminal was lost; its shell is ended." : reason;
}
