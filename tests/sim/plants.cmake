# manyi-sim-NAME for each planted bug (plants_table.py): the simulator with one source file's mutated copy linked ahead
# of the static libraries, so that the archive's own member is never pulled in. Included by tests/CMakeLists.txt after
# manyi-sim; built by the target `planted`, as part of all.
set(plants_script ${CMAKE_CURRENT_SOURCE_DIR}/sim/plants.py)
set(plants_table ${CMAKE_CURRENT_SOURCE_DIR}/sim/plants_table.py)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${plants_table})
execute_process(COMMAND ${python} ${plants_script} list OUTPUT_VARIABLE plants COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "\n" ";" plants "${plants}")

file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/plants)
add_custom_target(planted)
foreach(plant ${plants})
    string(REPLACE " " ";" plant ${plant})
    list(GET plant 0 name)
    list(GET plant 1 source)
    set(mutated ${CMAKE_CURRENT_BINARY_DIR}/plants/${name}.c)
    add_custom_command(OUTPUT ${mutated}
        COMMAND ${python} ${plants_script} make ${name} ${mutated}
        DEPENDS ${CMAKE_SOURCE_DIR}/${source} ${plants_script} ${plants_table})
    add_executable(manyi-sim-${name} ${mutated} $<TARGET_OBJECTS:manyi-sim>)
    target_compile_options(manyi-sim-${name} PRIVATE -w) # a bug may leave something unused
    set_target_properties(manyi-sim-${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/plants)
    target_include_directories(manyi-sim-${name} PRIVATE $<TARGET_PROPERTY:manyi-sim,INCLUDE_DIRECTORIES>)
    manyi_link(manyi-sim-${name} sim)
    add_dependencies(planted manyi-sim-${name})
endforeach()
