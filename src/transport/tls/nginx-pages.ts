import type { HttpReply } from "../http.js";
import type { ClientCertificateProblem } from "./client-certificate.js";

/** nginx's own pages for client certificates (ngx_http_special_response.c, 495 and 496, shown as 400). */
export function nginxRefusal(problem: ClientCertificateProblem): HttpReply {
  const title = problem.kind === "missing" ? "No required SSL certificate was sent" : "The SSL certificate error";
  return {
    status: 400,
    headers: { Server: "nginx", "Content-Type": "text/html", Connection: "close" },
    body: nginxPage(title),
  };
}

export function nginxPage(title: string): string {
  return [
    "<html>",
    `<head><title>400 ${title}</title></head>`,
    "<body>",
    "<center><h1>400 Bad Request</h1></center>",
    `<center>${title}</center>`,
    "<hr><center>nginx</center>",
    "</body>",
    "</html>",
    "",
  ].join("\r\n");
}
