/** The description of the service this page came from, to read and to try out; nothing from elsewhere. */

import "swagger-ui-dist/swagger-ui.css";
import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";

SwaggerUI({
  url: "/api/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  // Else it asks a service of its makers to check the description.
  validatorUrl: null,
});
