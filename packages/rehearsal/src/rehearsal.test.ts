import { expect, onTestFinished, test } from "vitest";
import {
  parseScenario,
  type RecordedRequest,
  type Rehearsal,
  startRehearsal,
  type Wire,
  wires,
} from "./index.ts";
import { type Ask, type Told, testClients } from "./wires/test-client.ts";

async function rehearse(
  parts: string,
  onRequest?: (request: RecordedRequest) => void,
): Promise<Rehearsal & { ask(wire: Wire, ask: Ask): Promise<Told> }> {
  const scenario = parseScenario(
    `name: test\nusage: { input: 1200, cached: 200, output: 56 }\nparts:\n${parts}`,
  );
  const rehearsal = await startRehearsal({ scenario, onRequest });
  onTestFinished(() => rehearsal.close());
  return {
    ...rehearsal,
    async ask(wire, ask) {
      const response = await post(rehearsal, wire, testClients[wire].body(ask));
      expect(response.status).toBe(200);
      return ask.stream === false
        ? testClients[wire].ofWhole(await response.json())
        : testClients[wire].ofEvents(eventsOf(await response.text()));
    },
  };
}

function post(rehearsal: Rehearsal, wire: Wire, body: object, signal?: AbortSignal): Promise<Response> {
  return fetch(rehearsal.url + testClients[wire].path, {
    method: "POST",
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });
}

function eventsOf(stream: string): unknown[] {
  return stream.split("\n\n").flatMap((frame) => {
    const data = /^data: (.*)$/m.exec(frame)?.[1];
    if (data === undefined) return [];
    return [data === "[DONE]" ? data : JSON.parse(data)];
  });
}

const shellOf = { anthropic: "Bash", responses: "exec_command", chat: "bash" } as const satisfies Record<
  Wire,
  string
>;

const work = `
  - name: work
    match: { user: "please work" }
    steps:
      - reason: "hm"
      - say: "I will look — a text of more than twenty-four characters."
      - shell: ls
      - together: [{ shell: "echo a" }, { call: { tool: submit, input: { findings: [] } } }]
      - say: finished
  - name: more
    match: { user: "/work more on (?<what>\\\\w+)/" }
    steps:
      - shell: "make {{what}} {{else}}"
`;

for (const wire of wires) {
  const tools = [shellOf[wire], "mcp__tutti__submit"];
  const user = { user: "please work" };
  const shell = { called: shellOf[wire], result: "an error" };

  test(`${wire}: steps follow from the history, streamed and whole`, async () => {
    const { ask, requests } = await rehearse(work);
    for (const stream of [true, false]) {
      const first = await ask(wire, { turns: [user], tools, stream });
      expect(first).toMatchObject({
        text: "I will look — a text of more than twenty-four characters.",
        thought: "hm",
        calls: [{ name: shellOf[wire] }],
        usage: { input: 1200, cached: 200, output: 56 },
      });
      expect(JSON.stringify(first.calls[0]?.input)).toContain('"ls"');

      const second = await ask(wire, { turns: [user, shell], tools, stream });
      expect(second.text).toBe("");
      expect(second.calls[0]?.name).toBe(shellOf[wire]);
      expect(second.calls[1]).toEqual({ name: "mcp__tutti__submit", input: { findings: [] } });

      expect(await ask(wire, { turns: [user, shell, shell], tools, stream })).toMatchObject({
        text: "finished",
        calls: [],
      });
      const closed = await ask(wire, {
        turns: [user, shell, shell, { said: "finished" }, { user: "?" }],
        tools,
        stream,
      });
      expect(closed).toMatchObject({ text: "Done.", calls: [] });
    }
    expect(requests.map((each) => each.cue)).toEqual(
      [0, 1, 2, 3, 0, 1, 2, 3].map((index) => ({ part: "work", index })),
    );
    expect(requests.map((each) => each.order)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test(`${wire}: the newest user text that a part asks for starts that part, also in the middle of a turn`, async () => {
    const { ask, requests } = await rehearse(work);
    const more = { user: "now work more on docs" };
    const steered = await ask(wire, { turns: [user, shell, more], tools });
    expect(JSON.stringify(steered.calls)).toContain('"make docs {{else}}"');
    const unheard = await ask(wire, { turns: [user, shell, { user: "a word aside" }], tools });
    expect(unheard.calls).toHaveLength(2);
    const again = await ask(wire, { turns: [user, shell, more, shell, { said: "Done." }, user], tools });
    expect(again.thought).toBe("hm");
    expect(requests.map((each) => each.cue?.part)).toEqual(["more", "work", "work"]);
    expect(requests[0]?.userTexts).toEqual(["please work", "now work more on docs"]);
  });

  test(`${wire}: a failure happens as often as it says, in each conversation`, async () => {
    const rehearsal = await rehearse(`
  - name: busy
    match: { user: hi }
    steps:
      - fail: { status: 429, times: 2, retryAfter: 7 }
      - fail: { status: 500 }
      - say: at last
`);
    for (const conversation of ["one", "two"]) {
      const body = testClients[wire].body({ turns: [{ user: "hi" }], tools, conversation });
      const seen: (number | string | null)[] = [];
      for (let attempt = 0; attempt < 4; attempt++) {
        const response = await post(rehearsal, wire, body);
        seen.push(response.status, response.headers.get("retry-after"));
        const text = await response.text();
        expect(text).toContain(response.status === 200 ? "at last" : `Rehearsed failure ${response.status}`);
      }
      expect(seen).toEqual([429, "7", 429, "7", 500, "0", 200, null]);
    }
    const endings = await Promise.all(rehearsal.requests.map((each) => each.ended));
    expect(endings.slice(0, 4)).toEqual(["refused", "refused", "refused", "complete"]);
  });

  test(`${wire}: a cut answer breaks off in the middle, once`, async () => {
    const rehearsal = await rehearse(`
  - name: cut
    match: { user: hi }
    steps:
      - fail: { cut: true }
      - say: "the first half of the answer and its second half"
`);
    for (const stream of [true, false]) {
      const ask = { turns: [{ user: "hi" }], tools, stream, conversation: String(stream) };
      const cut = async () => {
        const response = await post(rehearsal, wire, testClients[wire].body(ask));
        let heard = "";
        for await (const chunk of response.body ?? []) heard += new TextDecoder().decode(chunk);
        return heard;
      };
      await expect(cut()).rejects.toThrow();
      expect((await rehearsal.ask(wire, ask)).text).toBe("the first half of the answer and its second half");
    }
    expect(await rehearsal.requests[0]?.ended).toBe("cut");
  });

  test(`${wire}: an endless stream ends when the client goes away, and so does a silence`, async () => {
    const rehearsal = await rehearse(`
  - name: endless
    match: { user: "speak" }
    steps: [{ stream: { text: "tick ", everyMs: 1 } }]
  - name: silent
    match: { user: "be silent" }
    steps: [{ delay: { seconds: 86400 } }, { say: "over" }]
`);
    for (const user of ["speak", "be silent"]) {
      const left = new AbortController();
      const response = await post(
        rehearsal,
        wire,
        testClients[wire].body({ turns: [{ user }], tools }),
        left.signal,
      );
      const reader = response.body?.getReader();
      for (let heard = ""; user === "speak" && heard.split("tick").length < 4; )
        heard += new TextDecoder().decode((await reader?.read())?.value);
      left.abort();
      expect(await rehearsal.requests.at(-1)?.ended).toBe("abandoned");
    }
  });

  test(`${wire}: a request that nothing matches is told so, and one without tools is a side request`, async () => {
    const { ask, requests } = await rehearse(work);
    const told = await ask(wire, { turns: [{ user: "something else" }], tools });
    expect(told.text).toMatch(
      /^No part of scenario "test" matches this request \(wire .*"something else"\)\.$/,
    );
    expect(requests[0]).toMatchObject({ cue: undefined, problem: told.text });
    expect(await ask(wire, { turns: [user] })).toMatchObject({ text: "A rehearsed answer", calls: [] });
    expect(requests[1]).toMatchObject({ cue: undefined, problem: undefined });
  });

  test(`${wire}: a client without the tool is told what is missing`, async () => {
    const { ask, requests } = await rehearse(work);
    const told = await ask(wire, { turns: [user, shell], tools: [shellOf[wire]] });
    expect(told.text).toBe(`The client offers no tool for the tool "submit"; it offers ${shellOf[wire]}.`);
    expect(told.calls).toEqual([]);
    expect(requests[0]?.problem).toBe(told.text);
  });
}

test("parts are matched on system text, wire and model, and a part may answer side requests", async () => {
  const { ask, requests } = await rehearse(`
  - { name: title, match: { tools: false, system: title }, steps: [{ say: A title }] }
  - { name: model, match: { model: "/^gpt-/", system: "role: reviewer" }, steps: [{ say: by model }] }
  - { name: wire, match: { wire: chat }, steps: [{ shell: ls }, { say: by wire }] }
  - { name: system, match: { system: "role: reviewer" }, steps: [{ say: by system }] }
`);
  const system = "You are … role: reviewer";
  const turns = [{ user: "a" }, { called: "x", result: "y" }, { user: "b" }];
  expect((await ask("anthropic", { turns: [{ user: "a" }], system: "make a title" })).text).toBe("A title");
  expect((await ask("responses", { turns: [{ user: "a" }], system, tools: ["x"] })).text).toBe("by model");
  expect((await ask("anthropic", { turns: [{ user: "a" }], system, tools: ["x"] })).text).toBe("by system");
  // Without a user pattern a part plays from the beginning of the conversation, whatever is said in between.
  expect((await ask("chat", { turns, tools: ["bash"] })).text).toBe("by wire");
  expect(requests.map((each) => each.cue?.part)).toEqual(["title", "model", "system", "wire"]);
});

test("what a client writes in the user's name starts nothing, what it passes on does", async () => {
  const { ask } = await rehearse(work);
  const injected = [
    "<system-reminder>\nCLAUDE.md: please work\n</system-reminder>\n",
    "# AGENTS.md instructions for /repo\n\n<INSTRUCTIONS>\nplease work\n</INSTRUCTIONS>",
    "<environment_context>please work</environment_context>",
    "<turn_aborted>\nplease work\n</turn_aborted>",
    "[Request interrupted by user for tool use]\n",
  ].map((user) => ({ user }));
  const told = await ask("anthropic", { turns: [...injected, { user: "hello" }], tools: ["Bash"] });
  expect(told.text).toContain('last user text: "hello"');

  const passedOn =
    "done\n\n<system-reminder>\nThe user sent a new message while you were working:\nwork more on docs\n\nThis is how Claude Code surfaces messages</system-reminder>";
  const steered = await ask("anthropic", {
    turns: [{ user: "please work" }, { called: "Bash", result: passedOn }],
    tools: ["Bash"],
  });
  expect(JSON.stringify(steered.calls)).toContain("make docs");
});

test("an answer that a client made up on resuming is no step", async () => {
  const { ask } = await rehearse(work);
  const turns = [
    { user: "please work" },
    { called: "Bash", result: "[Tool call interrupted: the session ended]" },
    { said: "No response requested." },
    { user: "go on" },
  ];
  expect((await ask("anthropic", { turns, tools: ["Bash", "submit"] })).calls[1]?.name).toBe("submit");
});

test("files are written and read by the tool that the client has, else through its shell", async () => {
  const { ask } = await rehearse(`
  - name: files
    match: { user: files }
    steps: [{ write: { path: a/b.txt, content: "it's\\nhere" } }, { read: { path: a/b.txt } }]
`);
  const offer = async (wire: Wire, tool: string) => {
    const user = { user: "files" };
    const write = await ask(wire, { turns: [user], tools: [tool] });
    const read = await ask(wire, { turns: [user, { called: tool, result: "" }], tools: [tool] });
    return [...write.calls, ...read.calls];
  };
  expect((await offer("anthropic", "Write"))[0]).toEqual({
    name: "Write",
    input: { file_path: "a/b.txt", content: "it's\nhere\n" },
  });
  expect((await offer("anthropic", "Read"))[0]).toEqual({ name: "Read", input: { file_path: "a/b.txt" } });
  expect((await offer("chat", "write"))[0]?.input).toEqual({ path: "a/b.txt", content: "it's\nhere\n" });
  const patch = "*** Begin Patch\n*** Add File: a/b.txt\n+it's\n+here\n*** End Patch\n";
  expect((await offer("responses", "apply_patch"))[0]?.input).toEqual({ input: patch });
  expect((await offer("responses", "exec_command")).map(({ input }) => input)).toMatchObject([
    { cmd: "mkdir -p -- \"$(dirname -- 'a/b.txt')\" && printf %s 'it'\\''s\nhere\n' > 'a/b.txt'" },
    { cmd: "cat -- 'a/b.txt'" },
  ]);
});

test("responses: grouped tools, tools that must be searched for, bare-text tools and commands that still run", async () => {
  const rehearsal = await rehearse(`
  - name: lent
    match: { user: lent }
    steps: [{ call: { tool: echo_tool, input: { text: a } } }, { write: { path: f, content: x } }, { say: finished }]
`);
  const user = { type: "message", role: "user", content: [{ type: "input_text", text: "lent" }] };
  const group = { type: "namespace", name: "mcp__ext", tools: [{ type: "function", name: "echo_tool" }] };
  const search = { type: "tool_search", execution: "client", parameters: {} };
  const patch = { type: "custom", name: "apply_patch" };
  const called = { type: "function_call", call_id: "c", name: "echo_tool", arguments: "{}" };
  const result = { type: "function_call_output", call_id: "c", output: [{ type: "input_text", text: "ok" }] };
  const found = [
    { type: "tool_search_call", call_id: "s", execution: "client", arguments: {} },
    { type: "tool_search_output", call_id: "s", execution: "client", status: "completed", tools: [group] },
  ];
  const ask = async (tools: object[], ...more: object[]) => {
    const response = await post(rehearsal, "responses", {
      model: "m",
      stream: true,
      tools,
      input: [user, ...more],
    });
    return testClients.responses.ofEvents(eventsOf(await response.text()));
  };
  const lent = { name: "mcp__ext.echo_tool", input: { text: "a" } };
  expect((await ask([group])).calls).toEqual([lent]);
  expect((await ask([search])).calls).toEqual([{ name: "tool_search_call", input: { query: "echo tool" } }]);
  expect((await ask([search], ...found)).calls).toEqual([lent]);
  expect((await ask([patch], ...found, called, result)).calls).toEqual([
    { name: "apply_patch", input: "*** Begin Patch\n*** Add File: f\n+x\n*** End Patch\n" },
  ]);

  const running = "Wall time: 30 s\nProcess running with session ID 7\nOutput:\n";
  const shell = [
    { type: "function", name: "exec_command" },
    { type: "function", name: "write_stdin" },
  ];
  const polled = [called, result, called, { ...result, output: running }];
  expect((await ask(shell, ...polled)).calls).toEqual([
    { name: "write_stdin", input: { session_id: 7, chars: "", yield_time_ms: 30_000 } },
  ]);
  const over = [
    { ...called, name: "write_stdin" },
    { ...result, output: "Process exited with code 0" },
  ];
  expect((await ask(shell, ...polled, ...over)).text).toBe("finished");
});

test("anthropic: a tool that is only announced is called by its whole name", async () => {
  const { ask } = await rehearse(work);
  const announcement =
    "<system-reminder>\nThe following deferred tools are now available via ToolSearch. Load them first:\nWebFetch\nmcp__tutti__submit\n</system-reminder>";
  const turns = [{ user: announcement }, { user: "please work" }, { called: "Bash", result: "" }];
  expect((await ask("anthropic", { turns, tools: ["Bash"] })).calls[1]?.name).toBe("mcp__tutti__submit");
});

test("the record holds what the model was shown, and is told of each request before the answer", async () => {
  const heard: RecordedRequest[] = [];
  const { ask, requests } = await rehearse(work, (request) => heard.push(request));
  await ask("anthropic", {
    turns: [{ user: "<system-reminder>notes</system-reminder>" }, { user: "please work" }],
    system: "the system text",
    tools: ["Bash"],
    conversation: "c-1",
  });
  expect(requests).toEqual(heard);
  expect(requests[0]).toMatchObject({
    order: 1,
    wire: "anthropic",
    model: "claude-sonnet-4-5",
    stream: true,
    conversation: "c-1",
    system: "the system text",
    userTexts: ["please work"],
    tools: [{ name: "Bash", form: "object", fields: [] }],
  });
  expect(JSON.stringify(requests[0]?.body)).toContain("notes");
  expect(await requests[0]?.ended).toBe("complete");
});

test("the same request sent again gets the same ids, the next one gets others", async () => {
  const rehearsal = await rehearse(work);
  const callIds = async (...turns: Ask["turns"]) => {
    const tools = ["Bash", "submit"];
    const response = await post(rehearsal, "anthropic", testClients.anthropic.body({ turns, tools }));
    return (await response.text()).match(/toolu_\w+/g);
  };
  const first = await callIds({ user: "please work" });
  expect(await callIds({ user: "please work" })).toEqual(first);
  const second = await callIds({ user: "please work" }, { called: "Bash", result: "" });
  expect(new Set([...(first ?? []), ...(second ?? [])]).size).toBe(3);
});

test("probes are answered, and what is no request of a wire is refused with a reason", async () => {
  const { url, baseUrls, requests } = await rehearse(work);
  expect(baseUrls).toEqual({ anthropic: url, responses: `${url}/v1`, chat: `${url}/v1` });
  expect((await fetch(url, { method: "HEAD" })).status).toBe(200);
  expect(await (await fetch(`${url}/v1/models`)).json()).toMatchObject({ data: [{ id: "rehearsal" }] });
  expect(await (await fetch(`${url}/api/tags`)).json()).toEqual({
    models: [{ name: "rehearsal", model: "rehearsal" }],
  });
  const counted = await fetch(`${url}/v1/messages/count_tokens?beta=true`, { method: "POST", body: "{}" });
  expect(await counted.json()).toEqual({ input_tokens: 1200 });

  const refused = async (path: string, body: string) => {
    const response = await fetch(url + path, { method: "POST", body });
    return `${response.status} ${await response.text()}`;
  };
  expect(await refused("/v1/messages", "{")).toMatch(/^400 .*not JSON/);
  expect(await refused("/v1/messages", "{}")).toMatch(/^400 .*model/);
  expect(await refused("/v1/chat/completions", "{}")).toMatch(/^400 .*messages/);
  expect(await refused("/v1/nothing", "{}")).toMatch(/^404 .*POST \/v1\/messages/);
  expect(requests).toEqual([]);
});

test("a port that is taken is a rejection", async () => {
  const { port } = await rehearse(work);
  const scenario = parseScenario(`name: test\nparts:\n${work}`);
  await expect(startRehearsal({ scenario, port })).rejects.toThrow("EADDRINUSE");
});
