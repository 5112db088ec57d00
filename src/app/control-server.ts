import { connect } from '../control/connect.ts';
import type { ControlServer } from '../control/control-server.ts';
import type { Arguments } from './arguments.ts';
import { controlSettings, ENVIRONMENT_NAMES, environmentWords } from './control-settings.ts';
import { SettingsError } from './errors.ts';

/** A control server that is signed in to, and every secret of that so far. */
export interface SignedIn {
  readonly server: ControlServer;
  readonly secrets: readonly string[];
}

/** The control server that the environment and the command line name. */
export function serverFor(asked: Arguments, environment: NodeJS.ProcessEnv): SignedIn {
  const settings = controlSettings(environmentWords(environment, asked), ENVIRONMENT_NAMES);
  if (settings === undefined) {
    const { apiKey, oauthClientId, headscaleUrl } = ENVIRONMENT_NAMES;
    throw new SettingsError(
      `no control server: set ${apiKey}, or ${oauthClientId} and its secret, or ${headscaleUrl} and its key`,
    );
  }
  const secrets: string[] = [];
  return { server: connect(settings, { environment, onSecret: (secret) => secrets.push(secret) }), secrets };
}
