import { imageCodecs } from "@tessera/data";
import { Command } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { advise } from "../doctor/advice.ts";
import { examineDevices } from "../doctor/devices.ts";
import { readMachine } from "../doctor/machine.ts";
import { adviceText, codecsText, devicesText, machineText } from "../doctor/report.ts";

/** `tessera doctor`: what this machine has, and how fast it is. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("look at this machine: Node, devices and their speed, image codecs, and what to install for more")
    .option("--json", "as JSON")
    .addHelpText("after", "\nExamples:\n  tessera doctor\n  tessera doctor --json\n\nTakes two seconds a device.")
    .action(doctor);
}

async function doctor({ json }: { readonly json?: boolean }): Promise<void> {
  const print = (text: string) => {
    if (!json) console.log(text);
  };
  const machine = readMachine();
  print(`Tessera ${packageJson.version}\n\n${machineText(machine)}`);
  const devices = await examineDevices();
  print(devicesText(devices));
  const codecs = await imageCodecs();
  print(codecsText(codecs));
  const advice = advise(machine, devices, codecs);
  print(adviceText(advice).trimEnd());
  if (json) {
    console.log(JSON.stringify({ tessera: packageJson.version, machine, ...devices, codecs, advice }, null, 2));
  }
}
