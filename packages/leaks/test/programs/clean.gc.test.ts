import { engine } from "./clean/engine.ts";
import { host } from "./clean/host.ts";
import { language } from "./clean/language.ts";
import { testClean } from "./run-clean.ts";

testClean({ "the language": language, "the engine": engine, "the host": host });
