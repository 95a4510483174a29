import { existsSync, readFileSync } from "node:fs";

/** Why programs cannot be confined on this machine and what to do about it, told by what bubblewrap said and how the kernel is set. */
export function whyNot(said: string, program: string, machine = thisMachine()): string {
  const { setting, inContainer } = machine;
  const start = `${program} cannot confine programs on this machine`;
  if (/mount proc|mount devpts|mount tmpfs/i.test(said) && inContainer)
    return `${start}: the container that Tutti runs in hides parts of /proc. Start the container with --security-opt systempaths=unconfined --security-opt seccomp=unconfined --security-opt apparmor=unconfined. (${firstLine(said)})`;
  if (
    /user ?namespace|uid map|new namespace|RTM_NEW|Operation not permitted|Permission denied|max_user_namespaces|No space left/i.test(
      said,
    )
  ) {
    if (setting("kernel/apparmor_restrict_unprivileged_userns") === "1")
      return `${start}: AppArmor lets no program make a user namespace (Ubuntu 24.04 and later). Allow it for this program alone with a profile, as root: printf 'abi <abi/4.0>,\\nprofile tutti-bwrap ${program} flags=(unconfined) {\\n  userns,\\n}\\n' > /etc/apparmor.d/tutti-bwrap && apparmor_parser -r /etc/apparmor.d/tutti-bwrap; or for all programs: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`;
    if (setting("kernel/unprivileged_userns_clone") === "0")
      return `${start}: the kernel lets only root make user namespaces. As root: sysctl -w kernel.unprivileged_userns_clone=1`;
    if (setting("user/max_user_namespaces") === "0")
      return `${start}: user namespaces are switched off. As root: sysctl -w user.max_user_namespaces=15000`;
    if (inContainer)
      return `${start}: the container that Tutti runs in allows no user namespaces. Start the container with --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined. (${firstLine(said)})`;
  }
  return `${start}: ${firstLine(said) || "it ended without a word"}`;
}

function thisMachine(): { inContainer: boolean; setting(name: string): string | undefined } {
  return {
    inContainer: existsSync("/.dockerenv") || existsSync("/run/.containerenv"),
    setting(name) {
      try {
        return readFileSync(`/proc/sys/${name}`, "utf8").trim();
      } catch {
        return undefined;
      }
    },
  };
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
