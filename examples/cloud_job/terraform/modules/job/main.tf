locals {
  backup_bucket = "gs://${var.backup_bucket}/shop"
  jobs = {
    backup = {
      account = var.backup_account
      args    = ["backup", "copy"]
      env = merge({ BACKUP_BUCKET = local.backup_bucket, COPY_BUCKET = "gs://${var.copy_bucket}/shop" },
        var.server_side_export ? {
          DATABASE_URL   = "cloudsql://${var.project}/${var.instance}/${var.database_name}"
          STAGING_BUCKET = "gs://${var.staging_bucket}/shop"
      } : {})
      secrets  = var.server_side_export ? {} : { DATABASE_URL = var.database_secret }
      schedule = var.schedule
    }
    validate = {
      account  = var.validate_account
      args     = ["validate"]
      env      = { BACKUP_BUCKET = local.backup_bucket }
      secrets  = { VALIDATE_DATABASE_URL = var.validate_secret }
      schedule = var.validation_schedule
    }
  }
}

resource "google_secret_manager_secret_iam_member" "validate" {
  secret_id = var.validate_secret
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:${var.validate_account}"
}

resource "google_cloud_run_v2_job" "this" {
  for_each = local.jobs
  name     = "shop-${each.key}"
  location = var.region
  template {
    task_count  = 1
    parallelism = 1
    template {
      service_account = each.value.account
      # Each attempt is whole, and a failed one leaves nothing.
      max_retries = 2
      timeout     = "21600s"
      containers {
        image = var.image
        args  = each.value.args
        resources {
          limits = { cpu = "1", memory = "512Mi" }
        }
        dynamic "env" {
          for_each = each.value.env
          content {
            name  = env.key
            value = env.value
          }
        }
        dynamic "env" {
          for_each = each.value.secrets
          content {
            name = env.key
            value_source {
              secret_key_ref {
                secret  = env.value
                version = "latest"
              }
            }
          }
        }
      }
      vpc_access {
        egress = "PRIVATE_RANGES_ONLY"
        network_interfaces {
          network    = var.network
          subnetwork = var.subnetwork
        }
      }
    }
  }
}

resource "google_cloud_run_v2_job_iam_member" "scheduler" {
  for_each = local.jobs
  name     = google_cloud_run_v2_job.this[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "serviceAccount:${var.scheduler_account}"
}

resource "google_cloud_scheduler_job" "this" {
  for_each  = local.jobs
  name      = "shop-${each.key}"
  region    = var.region
  schedule  = each.value.schedule
  time_zone = "Etc/UTC"
  retry_config {
    retry_count = 3
  }
  http_target {
    http_method = "POST"
    uri         = "https://run.googleapis.com/v2/${google_cloud_run_v2_job.this[each.key].id}:run"
    oauth_token {
      service_account_email = var.scheduler_account
    }
  }
}
