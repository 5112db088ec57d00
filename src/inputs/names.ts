import { folderOf, nameOf, type SourceFile } from '../source/source-file.ts';

/** Words that name a thing, a role or a stage rather than one node. */
const GENERIC = new Set(
  `k3s rancher kubernetes kube k8s tailscale tailscaled ts headscale etc config configs config.yaml conf
   docker compose docker-compose container containers stack stacks host node machine
   server servers master masters main agent agents worker workers client clients lan remote lan-agent
   remote-agent cluster clusters group_vars vars prod production staging dev test tests home homelab infra
   infrastructure network networks networking net deploy deployment setup install installer init bootstrap
   join script scripts bin sbin lib usr local opt src file files template templates root ansible role roles
   terraform manifests apps base default defaults common shared all policy acl routes router values settings
   parameters params example examples fixtures up start run service services systemd tool tools ops ci
   site sites vpn wireguard subnet-router exit-node gitops flux kustomize overlays docs
   github .github workflows k3s-server k3s-agent data secrets`.split(/\s+/),
);

/** Folders that hold one file or one folder a node: there the file's stem names it. */
const LISTS = new Set(
  'hosts nodes machines inventory host_vars env envs environment environments'.split(' '),
);

/**
 * The node that a file's place names: the nearest folder below the `PATH` that was asked for that is not a
 * generic word; in a folder of many nodes, and for an env file in no such folder, the file's stem
 * (`nodes/oslo-1.yaml`, `kyoto-1.env`, `.env.kyoto-1`).
 */
export function folderNameOf(file: SourceFile): string | undefined {
  const folders = folderOf(file.within).split('/').filter(Boolean);
  const name = nameOf(file.within);
  const folder = folders.findLast((part) => !isGeneric(part));
  const stem = stemOf(name);
  const inList = LISTS.has(folders.at(-1)?.toLowerCase() ?? '');
  const isEnv = /(^|\.)env(\.|$)/.test(name.toLowerCase());
  if ((inList || (isEnv && folder === undefined)) && !isGeneric(stem)) return stem;
  return folder;
}

function isGeneric(name: string): boolean {
  const plain = name.toLowerCase().replace(/\.d$/, '');
  return plain === '' || GENERIC.has(plain) || LISTS.has(plain) || /^\d+([-_.].*)?$/.test(plain);
}

/** `oslo-1` for `oslo-1.env` and `.env.oslo-1`; `''` where more than one word is left, or none. */
function stemOf(name: string): string {
  const words = name.split('.').filter((word) => word !== '' && !EXTENSIONS.has(word.toLowerCase()));
  return words.length === 1 ? words[0]! : '';
}

const EXTENSIONS = new Set('env yaml yml json sh bash conf compose'.split(' '));
