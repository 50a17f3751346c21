/// A page that works without anything but this service: try a frame, see the sensors.
enum IndexPage {
    static let html = #"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>Fovea</title>
        <style>
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
        h1 { font-weight: 600 } code, pre { background: #f4f4f2; padding: .1em .3em; border-radius: 3px }
        pre { padding: .8em; overflow: auto; max-height: 24rem } img { max-width: 100% }
        table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .2em .8em .2em 0 }
        #sensors img { width: 16rem } .error { color: #a00 }
        </style>
        </head>
        <body>
        <h1>Fovea</h1>
        <h2>Try a frame</h2>
        <form id="try">
        <input type="file" name="file" required aria-label="frame: JPEG, PNG or DNG"> <button>Analyze</button>
        </form>
        <p id="message" role="status"></p>
        <img id="picture" alt="" hidden>
        <pre id="result" hidden></pre>
        <h2>Sensors</h2>
        <table><thead><tr><th>id<th>answered<th>dropped<th>missing<th>streams</thead><tbody id="sensors"></tbody></table>
        <h2>Addresses</h2>
        <ul>
        <li><code>POST /v1/analyze</code> a frame as body or form: result as JSON, JPEG, PNG or both
        <li><a href="/v1/models"><code>GET /v1/models</code></a>
        <li><code>POST /v1/sensors/{id}/frames</code> a sensor's frames, one a request
        <li><a href="/v1/sensors"><code>GET /v1/sensors</code></a>, <code>/v1/sensors/{id}</code>,
        <code>…/latest.json</code>, <code>…/latest.jpg</code>, <code>…/results</code>, <code>…/live.mjpeg</code>
        <li><a href="/v2"><code>GET /v2</code></a>, <a href="/v2/health/live"><code>/v2/health/live</code></a>,
        <a href="/v2/health/ready"><code>/v2/health/ready</code></a>
        <li><a href="/metrics"><code>GET /metrics</code></a>, <a href="/openapi.json"><code>GET /openapi.json</code></a>
        </ul>
        <script>
        const el = id => document.getElementById(id);
        el("try").addEventListener("submit", async event => {
          event.preventDefault();
          el("message").textContent = "…"; el("message").className = "";
          try {
            const form = new FormData(event.target);
            const json = await fetch("/v1/analyze", { method: "POST", body: form });
            const result = await json.json();
            if (!json.ok) throw new Error(result.detail);
            el("result").textContent = JSON.stringify(result, null, 2); el("result").hidden = false;
            const picture = await fetch("/v1/analyze?output=jpeg", { method: "POST", body: form });
            if (!picture.ok) throw new Error((await picture.json()).detail);
            URL.revokeObjectURL(el("picture").src);
            el("picture").src = URL.createObjectURL(await picture.blob()); el("picture").hidden = false;
            el("message").textContent = `${Math.round(result.timings.total ?? 0)} ms`;
          } catch (error) { el("message").textContent = error.message; el("message").className = "error"; }
        });
        const cell = (row, text) => { row.insertCell().textContent = text; };
        const link = (parent, id, name) => {
          const a = document.createElement("a");
          a.href = `/v1/sensors/${id}/${name}`; a.textContent = name; parent.append(a, " ");
        };
        async function refresh() {
          try {
            const { sensors } = await (await fetch("/v1/sensors")).json();
            const rows = sensors.map(s => {
              const row = document.createElement("tr");
              cell(row, s.id); cell(row, s.answered);
              cell(row, Object.values(s.dropped).reduce((a, b) => a + b, 0)); cell(row, s.missing);
              const streams = row.insertCell();
              for (const name of ["live.mjpeg", "latest.jpg", "latest.json", "results"]) link(streams, s.id, name);
              return row;
            });
            el("sensors").replaceChildren(...rows);
          } catch { /* The next refresh tries again. */ }
          setTimeout(refresh, 2000);
        }
        refresh();
        </script>
        </body>
        </html>
        """#
}
