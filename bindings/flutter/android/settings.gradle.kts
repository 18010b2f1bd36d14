rootProject.name = "arny_flutter"
