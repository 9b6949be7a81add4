# Arrow C++ and Parquet, from the system where it has them with the three cloud
# filesystems, else from the `pyarrow` wheel, which ships the headers and the
# shared libraries.
#
#   ARROW_SDK_PROVIDER  auto (default) | system (with or without cloud
#                       filesystems) | wheel
#   ARROW_SDK_CACHE     folder the wheel is kept in between builds
#                       (default: the project's cache folder, outside the build trees)
#
# Gives the target ArrowSdk::ArrowSdk, Arrow and Parquet whichever way they came,
# and the variable ARROW_SDK_RUNTIME_LIBRARIES, the files to install next to a
# program (empty for system libraries).

include_guard(GLOBAL)

if(DEFINED ENV{RIVET_CACHE_DIR})
  set(_arrow_sdk_cache_default "$ENV{RIVET_CACHE_DIR}/arrow-sdk")
elseif(DEFINED ENV{HOME})
  set(_arrow_sdk_cache_default "$ENV{HOME}/.cache/rivet/arrow-sdk")
else()
  set(_arrow_sdk_cache_default "${CMAKE_BINARY_DIR}/arrow-sdk")
endif()

set(ARROW_SDK_PROVIDER "auto" CACHE STRING "Where Arrow C++ comes from")
set_property(CACHE ARROW_SDK_PROVIDER PROPERTY STRINGS auto system wheel)
set(ARROW_SDK_CACHE "${_arrow_sdk_cache_default}" CACHE PATH
    "Folder the Arrow wheel is kept in")

# One pin: the version, its .so number, and the wheel of one CPython for each
# processor. Which CPython does not matter: nothing linked here calls Python.
set(_arrow_wheel_version 26.0.1)
set(_arrow_wheel_so 2600)
set(_arrow_wheel_python 3.11)
set(_arrow_wheel_sha256_x86_64
    39cb0f2418282c24bea6ceda77b03e5a8f0a5766b63a8bf194d4e2a2c423548c)
set(_arrow_wheel_sha256_aarch64
    22a96a225de107eb9acd1ad9a818198ca832df2a4c0952412f754a7ed2105a98)

function(_arrow_sdk_from_system)
  find_package(Arrow CONFIG QUIET GLOBAL)
  if(Arrow_FOUND AND ARROW_SDK_PROVIDER STREQUAL "auto"
     AND NOT (ARROW_S3 AND ARROW_GCS AND ARROW_AZURE))
    message(STATUS "ArrowSdk: the system's Arrow ${Arrow_VERSION} lacks a cloud filesystem")
    return()
  endif()
  find_package(Parquet CONFIG QUIET GLOBAL)
  if(TARGET Arrow::arrow_shared AND TARGET Parquet::parquet_shared)
    set(ARROW_SDK_TARGETS Arrow::arrow_shared Parquet::parquet_shared PARENT_SCOPE)
    set(ARROW_SDK_VERSION "${Arrow_VERSION}" PARENT_SCOPE)
    set(ARROW_SDK_FOUND "system" PARENT_SCOPE)
  endif()
endfunction()

function(_arrow_sdk_download out_root)
  set(processor "${CMAKE_SYSTEM_PROCESSOR}")
  set(sha256 "${_arrow_wheel_sha256_${processor}}")
  if(NOT CMAKE_SYSTEM_NAME STREQUAL "Linux" OR NOT sha256)
    message(FATAL_ERROR "ArrowSdk: no wheel is pinned for ${CMAKE_SYSTEM_NAME} "
                        "${processor}; install Arrow C++ and set ARROW_SDK_PROVIDER=system")
  endif()

  set(root "${ARROW_SDK_CACHE}/${_arrow_wheel_version}-${processor}")
  set(stamp "${root}/${sha256}.unpacked")
  if(NOT EXISTS "${stamp}")
    find_package(Python3 REQUIRED COMPONENTS Interpreter)
    message(STATUS "ArrowSdk: downloading pyarrow ${_arrow_wheel_version} (55 MB)")
    file(REMOVE_RECURSE "${root}")
    file(WRITE "${root}/requirements.txt"
         "pyarrow==${_arrow_wheel_version} --hash=sha256:${sha256}\n")
    string(REPLACE "." "" abi "cp${_arrow_wheel_python}")
    execute_process(
      COMMAND "${Python3_EXECUTABLE}" -m pip download --quiet
              --disable-pip-version-check --no-cache-dir --no-deps
              --require-hashes --only-binary :all: --implementation cp
              --python-version ${_arrow_wheel_python} --abi ${abi}
              --platform manylinux_2_28_${processor}
              --dest "${root}" --requirement "${root}/requirements.txt"
      RESULT_VARIABLE failed ERROR_VARIABLE reason)
    if(failed)
      message(FATAL_ERROR "ArrowSdk: pip could not download pyarrow:\n${reason}")
    endif()
    file(GLOB wheel "${root}/*.whl")
    file(ARCHIVE_EXTRACT INPUT "${wheel}" DESTINATION "${root}"
         PATTERNS "pyarrow/include/*" "pyarrow/libarrow.so.*"
                  "pyarrow/libarrow_s3.so.*" "pyarrow/libparquet.so.*"
                  "pyarrow-*/licenses/*")
    file(REMOVE "${wheel}")
    file(TOUCH "${stamp}")
  endif()
  set(${out_root} "${root}/pyarrow" PARENT_SCOPE)
endfunction()

function(_arrow_sdk_from_wheel)
  _arrow_sdk_download(root)
  set(targets "")
  set(files "")
  # The names differ from those of Arrow's own packages, which a system Arrow
  # that was turned down has taken.
  foreach(library arrow arrow_s3 parquet)
    # The wheel has no `libarrow.so` link: the numbered file is what is linked,
    # and its soname, the same name, is what a program asks for at run time.
    set(name "lib${library}.so.${_arrow_wheel_so}")
    if(NOT EXISTS "${root}/${name}")
      message(FATAL_ERROR "ArrowSdk: the wheel has no ${name}")
    endif()
    add_library(ArrowSdk::${library} SHARED IMPORTED GLOBAL)
    set_target_properties(ArrowSdk::${library} PROPERTIES
      IMPORTED_LOCATION "${root}/${name}"
      IMPORTED_SONAME "${name}"
      INTERFACE_INCLUDE_DIRECTORIES "${root}/include")
    list(APPEND targets ArrowSdk::${library})
    list(APPEND files "${root}/${name}")
  endforeach()
  set(ARROW_SDK_TARGETS "${targets}" PARENT_SCOPE)
  set(ARROW_SDK_RUNTIME_LIBRARIES "${files}" PARENT_SCOPE)
  set(ARROW_SDK_VERSION "${_arrow_wheel_version}" PARENT_SCOPE)
  set(ARROW_SDK_FOUND "wheel" PARENT_SCOPE)
endfunction()

set(ARROW_SDK_FOUND "")
set(ARROW_SDK_RUNTIME_LIBRARIES "")
if(NOT ARROW_SDK_PROVIDER MATCHES "^(auto|system|wheel)$")
  message(FATAL_ERROR "ArrowSdk: ARROW_SDK_PROVIDER is auto, system or wheel, "
                      "not '${ARROW_SDK_PROVIDER}'")
endif()
if(NOT ARROW_SDK_PROVIDER STREQUAL "wheel")
  _arrow_sdk_from_system()
  if(NOT ARROW_SDK_FOUND AND ARROW_SDK_PROVIDER STREQUAL "system")
    message(FATAL_ERROR "ArrowSdk: no system Arrow C++ with Parquet was found")
  endif()
endif()
if(NOT ARROW_SDK_FOUND)
  _arrow_sdk_from_wheel()
endif()

# The wheel's libparquet shows the world an OpenSSL of its own. Searched before the system's, half of
# what libssl, libpq and libmariadb ask for would come from it, and a TLS handshake crashes. So the
# system's libcrypto is linked ahead of it, wanted by the program itself or not.
if(ARROW_SDK_FOUND STREQUAL "wheel")
  find_package(OpenSSL REQUIRED COMPONENTS Crypto)
  set(CMAKE_LINK_LIBRARY_USING_always_SUPPORTED TRUE)
  set(CMAKE_LINK_LIBRARY_USING_always "LINKER:--push-state,--no-as-needed" "<LINK_ITEM>"
                                      "LINKER:--pop-state")
  list(PREPEND ARROW_SDK_TARGETS "$<LINK_LIBRARY:always,OpenSSL::Crypto>")
endif()

add_library(ArrowSdk::ArrowSdk INTERFACE IMPORTED GLOBAL)
target_link_libraries(ArrowSdk::ArrowSdk INTERFACE ${ARROW_SDK_TARGETS})
message(STATUS "ArrowSdk: Arrow ${ARROW_SDK_VERSION} from the ${ARROW_SDK_FOUND}")
