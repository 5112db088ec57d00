import { ControlError } from '../control/control-server.ts';
import { approve } from './apply-command.ts';
import type { Arguments } from './arguments.ts';
import { SettingsError } from './errors.ts';
import type { OnlineSurroundings, Outcome } from './outcome.ts';
import { showPlan } from './plan-command.ts';

/** The commands that may ask a control server. */
export async function runOnline(asked: Arguments, surroundings: OnlineSurroundings): Promise<Outcome> {
  try {
    return await (asked.command === 'apply' ? approve(asked, surroundings) : showPlan(asked, surroundings));
  } catch (error) {
    throw error instanceof ControlError ? new SettingsError(error.message) : error;
  }
}
