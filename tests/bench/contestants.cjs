// The servers of Node that the benchmark `fanout` compares: `ws` and `socketio`, told what to publish as the Python ones.
const [name, port] = [process.argv[2], Number(process.argv[3])];
const FILLER = "Netzwerk ".repeat(109);
const PAUSE = 100;
const stamp = () => String(process.hrtime.bigint()).padStart(20, "0");
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const turn = () => new Promise((resolve) => setImmediate(resolve));

function ws() {
  const { WebSocketServer } = require("ws");
  const server = new WebSocketServer({ host: "127.0.0.1", port, backlog: 2048, perMessageDeflate: false });
  const publish = () => {
    const data = Buffer.from(JSON.stringify({ type: "change", t: stamp(), text: FILLER }));
    for (const client of server.clients) if (client.readyState === 1) client.send(data, { binary: false });
  };
  server.on("listening", () => drive(publish));
}

function socketio() {
  const { Server } = require("socket.io");
  const http = require("node:http").createServer();
  const io = new Server(http, { transports: ["websocket"], pingInterval: 600000, pingTimeout: 600000 });
  http.listen(port, "127.0.0.1", 2048, () => drive(() => io.emit("change", { type: "change", t: stamp(), text: FILLER })));
}

async function drive(publish) {
  console.log("up");
  for await (const line of require("node:readline").createInterface({ input: process.stdin })) {
    const words = line.split(" ");
    if (words[0] === "steady") {
      const [rate, count, started] = [Number(words[1]), Number(words[2]), performance.now()];
      for (let n = 0; n < count; n++) {
        const wait = started + (n * 1000) / rate - performance.now();
        if (wait > 0) await sleep(wait);
        publish();
      }
    } else {
      for (let burst = 0; burst < Number(words[1]); burst++) {
        for (let n = 0; n < Number(words[2]); n++) {
          publish();
          if (words[3] === "1") await turn();
        }
        await sleep(PAUSE);
      }
    }
    console.log("done");
  }
  process.exit(0);
}

({ ws, socketio })[name]();
