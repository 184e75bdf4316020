import { describeBytes } from "../src/pictures/shown-text.ts";
import { byId, element } from "./elements.ts";
import type { GraphState } from "./graph-state.ts";
import { grouped } from "./words.ts";

const MOST_RESULTS = 50;

/** Connects the search field with the list of its results. `go` shows a node. */
export function connectSearch(state: GraphState, go: (index: number) => void): void {
  const field = byId<HTMLInputElement>("search");
  const list = byId<HTMLUListElement>("results");
  const count = byId("result-count");
  const close = (): void => {
    list.replaceChildren();
    list.hidden = true;
    count.textContent = "";
  };
  const choose = (index: number): void => {
    close();
    go(index);
  };
  const update = (): void => {
    close();
    if (field.value.trim() === "") return;
    const results = state.search(field.value);
    count.textContent = results.length === 1 ? "1 node" : `${grouped(results.length)} nodes`;
    list.hidden = results.length === 0;
    for (const index of results.slice(0, MOST_RESULTS)) list.append(resultOf(state, index, choose));
  };
  field.addEventListener("input", update);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      field.value = "";
      close();
    }
    if (event.key === "Enter") {
      const [first] = state.search(field.value);
      if (first !== undefined) choose(first);
    }
    if (event.key === "ArrowDown") {
      event.preventDefault();
      list.querySelector("button")?.focus();
    }
  });
  list.addEventListener("keydown", (event) => {
    const item = (event.target as Element).closest("li");
    const to = event.key === "ArrowDown" ? item?.nextElementSibling : item?.previousElementSibling;
    if (event.key === "Escape") {
      close();
      field.focus();
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    (to?.querySelector("button") ?? (event.key === "ArrowUp" ? field : null))?.focus();
  });
  document.addEventListener("pointerdown", (event) => {
    if (!(event.target as Element).closest("#finder")) close();
  });
}

function resultOf(state: GraphState, index: number, choose: (index: number) => void): Node {
  const { id, text, retained, place } = state.node(index);
  const button = element("button", { type: "button" }, [
    element("bdi", { class: "node-name" }, [text]),
    element("span", { class: "quiet" }, [` @${id}, retains ${describeBytes(retained)}`]),
  ]);
  if (place !== undefined) button.append(element("bdi", { class: "place" }, [place]));
  button.addEventListener("click", () => choose(index));
  return element("li", {}, [button]);
}
