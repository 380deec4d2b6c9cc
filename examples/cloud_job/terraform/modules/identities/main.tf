# One identity per role; none has a key. What each may do is next to the resource that it concerns, except for the role of
# server-side exports, which the API knows for whole projects only.
resource "google_service_account" "this" {
  for_each     = toset(["app", "backup", "validate", "scheduler"])
  account_id   = "shop-${each.key}"
  display_name = "shop: ${each.key}"
}

resource "google_project_iam_custom_role" "exporter" {
  role_id     = "shopExporter"
  title       = "Exports of Cloud SQL"
  permissions = ["cloudsql.instances.get", "cloudsql.instances.export"]
}

resource "google_project_iam_member" "exporter" {
  project = var.project
  role    = google_project_iam_custom_role.exporter.id
  member  = "serviceAccount:${google_service_account.this["backup"].email}"
}
