/* A page that is opened from a disk may not start a Worker, which the search needs. There, this stands in for one:
   the scripts run in a hidden frame, and messages pass between the frame and the page. */
(() => {
  if (location.protocol !== "file:") return;
  class FrameWorker extends EventTarget {
    constructor(url) {
      super();
      this.onmessage = null;
      this.answered = () => {};
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      document.body.append(this.frame);
      this.frame.contentDocument.open();  // Firefox would replace the empty page otherwise
      this.frame.contentDocument.write("<!doctype html><title>search</title><body>");
      this.frame.contentDocument.close();
      const inside = this.frame.contentWindow;
      inside.postMessage = (data) => {  // from the scripts in the frame to the page
        const event = new MessageEvent("message", { data });
        this.dispatchEvent(event);
        if (this.onmessage) this.onmessage(event);
        this.answered();
      };
      inside.importScripts = (...urls) => urls.reduce((done, each) => done.then(() => this.load(each)), Promise.resolve());
      this.ready = this.load(url);
    }
    load(url) {
      return new Promise((resolve, reject) => {
        const script = this.frame.contentDocument.createElement("script");
        script.src = url;
        script.onload = resolve;
        script.onerror = reject;
        this.frame.contentDocument.body.append(script);
      });
    }
    postMessage(data) {  // from the page to the scripts in the frame, one after the other: each has one answer
      this.ready = this.ready.then(() => new Promise((resolve) => {
        this.answered = resolve;
        this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data }));
      }));
    }
    terminate() {
      this.frame.remove();
    }
  }
  window.Worker = FrameWorker;
})();
