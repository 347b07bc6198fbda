// Buttons that copy the code of a page: of examples with prompts what was typed, without prompts.
document.querySelectorAll("div.highlight pre").forEach(block => {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "copy";
  button.addEventListener("click", async () => {
    const lines = block.textContent.split("\n"), typed = /^(>>>|\.\.\.|\$)( |$)/;
    const kept = lines.some(line => typed.test(line))
      ? lines.filter(line => typed.test(line)).map(line => line.replace(typed, ""))
      : lines;
    await navigator.clipboard.writeText(kept.join("\n").trimEnd() + "\n");
    button.textContent = "copied";
    setTimeout(() => { button.textContent = "copy"; }, 1500);
  });
  block.parentElement.append(button);
});
