/** Hosts that belong together, so that a policy may name them together. */
export interface HostGroup {
  /** A word for a policy. */
  name: string;
  /** What comes from there. */
  title: string;
  /** Names of hosts; `*.` at the beginning stands for every name below. */
  hosts: readonly string[];
}

/**
 * Where packages come from, by ecosystem. Whoever may publish there could also be told something through it: what an agent
 * may reach is the policy's choice, none of these is reached unasked by itself. To add one: an entry here.
 */
export const hostGroups = [
  { name: "npm", title: "JavaScript packages", hosts: ["registry.npmjs.org", "registry.yarnpkg.com"] },
  { name: "jsr", title: "JavaScript packages of JSR", hosts: ["jsr.io", "npm.jsr.io"] },
  { name: "pypi", title: "Python packages", hosts: ["pypi.org", "files.pythonhosted.org"] },
  { name: "conda", title: "Conda packages", hosts: ["conda.anaconda.org", "repo.anaconda.com"] },
  { name: "crates", title: "Rust crates", hosts: ["index.crates.io", "static.crates.io", "crates.io"] },
  { name: "rust", title: "Rust toolchains", hosts: ["static.rust-lang.org"] },
  { name: "go", title: "Go modules", hosts: ["proxy.golang.org", "sum.golang.org"] },
  { name: "rubygems", title: "Ruby gems", hosts: ["rubygems.org", "index.rubygems.org"] },
  {
    name: "maven",
    title: "Maven and Gradle artifacts",
    hosts: [
      "repo.maven.apache.org",
      "repo1.maven.org",
      "plugins.gradle.org",
      "plugins-artifacts.gradle.org",
      "services.gradle.org",
      "downloads.gradle.org",
      "dl.google.com",
      "maven.google.com",
    ],
  },
  { name: "nuget", title: ".NET packages", hosts: ["api.nuget.org", "globalcdn.nuget.org"] },
  { name: "packagist", title: "PHP packages", hosts: ["packagist.org", "repo.packagist.org"] },
  { name: "hex", title: "Elixir and Erlang packages", hosts: ["hex.pm", "repo.hex.pm", "builds.hex.pm"] },
  { name: "pub", title: "Dart packages", hosts: ["pub.dev"] },
  { name: "hackage", title: "Haskell packages", hosts: ["hackage.haskell.org"] },
  { name: "node", title: "Node.js itself", hosts: ["nodejs.org"] },
  {
    name: "debian",
    title: "Debian packages",
    hosts: ["deb.debian.org", "security.debian.org", "snapshot.debian.org"],
  },
  {
    name: "ubuntu",
    title: "Ubuntu packages",
    hosts: ["archive.ubuntu.com", "*.archive.ubuntu.com", "security.ubuntu.com", "ports.ubuntu.com"],
  },
  { name: "alpine", title: "Alpine packages", hosts: ["dl-cdn.alpinelinux.org"] },
  { name: "fedora", title: "Fedora packages", hosts: ["mirrors.fedoraproject.org", "dl.fedoraproject.org"] },
] as const satisfies readonly HostGroup[];
