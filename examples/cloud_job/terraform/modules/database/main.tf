resource "google_sql_database_instance" "this" {
  name                = "shop"
  region              = var.region
  database_version    = "POSTGRES_15"
  deletion_protection = true
  settings {
    tier              = var.tier
    availability_type = "REGIONAL"
    disk_autoresize   = true
    ip_configuration {
      ipv4_enabled    = false
      private_network = var.network
      ssl_mode        = "ENCRYPTED_ONLY"
    }
    backup_configuration {
      enabled                        = true
      point_in_time_recovery_enabled = true
      transaction_log_retention_days = 7
      backup_retention_settings {
        retained_backups = 14
      }
    }
    database_flags {
      name  = "cloudsql.iam_authentication"
      value = "on"
    }
    insights_config {
      query_insights_enabled = true
    }
  }
}

# The second environment: validations restore here, never on the production instance.
resource "google_sql_database_instance" "validation" {
  name                = "shop-validation"
  region              = var.region
  database_version    = "POSTGRES_15"
  deletion_protection = false
  settings {
    tier              = "db-custom-1-3840"
    availability_type = "ZONAL"
    disk_autoresize   = true
    ip_configuration {
      ipv4_enabled    = false
      private_network = var.network
      ssl_mode        = "ENCRYPTED_ONLY"
    }
  }
}

resource "google_sql_database" "this" {
  name     = var.database_name
  instance = google_sql_database_instance.this.name
}

# The URLs with passwords are secrets whose versions are added outside of Terraform, so that no state has them: README.md.
resource "google_secret_manager_secret" "url" {
  for_each  = toset(["backup", "validate", "app"])
  secret_id = "shop-${each.key}-url"
  replication {
    auto {}
  }
}

resource "google_secret_manager_secret_iam_member" "backup" {
  secret_id = google_secret_manager_secret.url["backup"].id
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:${var.backup_account}"
}

resource "google_secret_manager_secret_iam_member" "app" {
  secret_id = google_secret_manager_secret.url["app"].id
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:${var.app_account}"
}
