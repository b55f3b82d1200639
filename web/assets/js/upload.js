// Shows how far a file has come. The file goes where the form's own action points. The store's answer may be hidden from
// scripts of this origin (it leads back to a page of ours), so afterwards our server is asked to look what really arrived:
// by the page's own form when it has one, else at data-next. When the store cannot be reached from a script at all, the
// form is sent as if there were none.
// The fields of a policy without the way back: a script may not follow the store's redirect to another origin.
function payload(form, file) {
  const fields = document.querySelectorAll("[data-upload-fields] input");
  if (!fields.length) return new FormData(form);
  const data = new FormData();
  for (const field of fields) data.append(field.name, field.value);
  data.append(file.name, file.files[0]);
  return data;
}

for (const form of document.querySelectorAll("form[data-upload]")) {
  form.addEventListener("submit", (event) => {
    const file = form.querySelector("input[type=file]");
    if (!file?.files.length) {
      // The browser would send an empty file.
      event.preventDefault();
      file?.click();
      return;
    }
    event.preventDefault();
    const state = form.querySelector("[data-upload-state]");
    const line = state.querySelector("[role=status]");
    const bar = state.querySelector("progress");
    const button = form.querySelector("button");
    const request = new XMLHttpRequest();
    let begun = false;
    let sent = false;

    const done = () => {
      const arrived = document.querySelector("[data-upload-arrived] form");
      if (arrived) arrived.submit();
      else location.assign(form.dataset.next);
    };
    const failed = () => {
      line.textContent = form.dataset.failed;
      button.disabled = false;
    };
    request.upload.addEventListener("progress", (e) => {
      begun = true;
      if (!e.lengthComputable) return;
      const percent = Math.floor((e.loaded / e.total) * 100);
      bar.value = percent;
      if (percent % 10 === 0) line.textContent = `${form.dataset.running} ${percent} %`;
    });
    request.upload.addEventListener("load", () => { sent = true; });
    request.addEventListener("load", () => (request.status < 400 ? done() : failed()));
    request.addEventListener("error", () => {
      if (sent) done();
      else if (begun) failed();
      else form.submit();
    });
    request.addEventListener("abort", failed);

    state.hidden = false;
    line.textContent = `${form.dataset.running} 0 %`;
    button.disabled = true;
    request.open("POST", form.action);
    request.send(payload(form, file));
  });
}
